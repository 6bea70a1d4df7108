"""The provenance explorer: who said what of a fact, which claim is taken, and what follows from it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from aitracker import charts
from aitracker.charts import theme
from aitracker.explore.base import Explorer, choice
from aitracker.lens import POLICIES
from aitracker.provenance.claims import FACTS, claims, corroboration
from aitracker.provenance.downstream import downstream, downstream_words
from aitracker.provenance.retold import known_when
from aitracker.view.figure import Drawing

if TYPE_CHECKING:
    import polars as pl

    from aitracker.dataset import Dataset

__all__ = ["WhoSaidWhat"]

SHOW = {
    "claims": "all claims on the fact",
    "origins": "its facts by number of origins",
    "known": "when its facts became known",
}
PAGES = {"pages": "one row a page", "origins": "one row an origin"}
MOST_FACTS = 80

# What a report offers: facts on which sources differ most tellingly, and days on either side of what settled them.
OFFERED_FACTS = (
    "round|moonshot-2024-02|amount",
    "participation|moonshot-2024-02/alibaba|amount",
    "participation|moonshot-2024-02/alibaba|cloud_credit_share",
)
OFFERED_DAYS = (dt.date(2024, 2, 27), dt.date(2024, 5, 13))
OFFERED_POLICIES = ("curated", "filing-first", "lowest")


class WhoSaidWhat(Explorer):
    """Explore the claims on a fact: the company, the fact, the policy, the day of knowledge, and what follows.

    Parameters
    ----------
    ds : Dataset
        The data; the explorer opens with its lens.
    startup : str
        Key of the company that it opens with.
    fact : str, optional
        ``kind|key|field`` of the fact that it opens with, such as ``round|moonshot-2024-02|amount``; the most claimed
        fact of the company where none is given.

    Examples
    --------
    >>> ait.explore.WhoSaidWhat(ait.load())  # doctest: +SKIP
    """

    def __init__(self, ds: Dataset, startup: str = "moonshot", fact: str | None = None) -> None:
        self._opening = (startup, fact)
        super().__init__(ds)

    def controls(self) -> dict[str, Any]:
        """Widgets by the name of the argument that they set."""
        names = dict(self._base.lookup("SELECT startup_id, name FROM data.startups ORDER BY name").rows())
        startup, fact = self._opening
        first = startup if startup in names else next(iter(names))
        offered = self._facts(first)
        made = {
            "startup": choice("company", names, first),
            "fact": choice("fact", offered, fact if fact in offered else next(iter(offered)), "Most claimed first"),
            "show": choice("show", SHOW, "claims"),
            "pages": choice("rows", PAGES, "pages", "Pages that repeat one piece are one origin"),
        }
        made["fact"].layout.width = "34em"
        made["startup"].observe(self._other_company, names="value")
        return made

    def _other_company(self, change: dict[str, Any]) -> None:
        facts = self._facts(change["new"])
        self._controls["fact"].options = [(words, key) for key, words in facts.items()]

    def _facts(self, startup: str) -> dict[str, str]:
        """Facts of a company that a source states, by key, the most claimed first, with their words."""
        rows = self._base.lookup(
            f"""WITH labels AS ({FACTS}), numbered AS (
                SELECT c.subject_kind, c.subject_id, c.field, count(*) AS n, bool_or(f.resolved) AS resolved
                FROM main.all_claims c JOIN data.fields f USING (subject_kind, field) GROUP BY ALL
            )
            SELECT n.subject_kind || '|' || n.subject_id || '|' || n.field AS fact,
                CASE WHEN n.subject_kind = 'startup' THEN replace(n.field, '_', ' ') WHEN n.resolved THEN l.fact
                     ELSE regexp_replace(l.fact, ': size$', '') || ', ' || replace(n.field, '_', ' ') END AS words, n.n
            FROM numbered n LEFT JOIN labels l USING (subject_kind, subject_id)
            WHERE l.startup_id = $1 OR (n.subject_kind = 'startup' AND n.subject_id = $1)
            ORDER BY n.n DESC, fact LIMIT {MOST_FACTS}""",
            [startup],
        ).rows()
        # Two facts of one label (two values of one day) are told apart by their keys.
        seen = [words for _, words, _ in rows]
        out = {}
        for fact, words, n in rows:
            key = f" [{fact.split('|')[1]}]" if seen.count(words) > 1 else ""
            out[fact] = f"{words}{key}: {theme.count(n, 'claim')}"
        return out or {"": "nothing is claimed of it"}

    def frame(self, ds: Dataset, **settings: Any) -> pl.DataFrame:
        """Compute the claims, or what is shown of the company."""
        if settings["show"] == "origins":
            return corroboration(ds, settings["startup"])
        if settings["show"] == "known":
            return known_when(ds, settings["startup"])
        return claims(ds, *self._key(settings["fact"]))

    @staticmethod
    def _key(fact: str) -> tuple[str, str, str]:
        kind, rest = fact.split("|", 1)
        id, field = rest.rsplit("|", 1)  # noqa: A001 - the word of the interface
        return kind, id, field

    def drawing(self, ds: Dataset, frame: pl.DataFrame, **settings: Any) -> Drawing:
        """Say how it is drawn."""
        if settings["show"] != "claims":
            draw = charts.corroboration if settings["show"] == "origins" else charts.known_when
            return Drawing(ds, draw, frame, frame["source_id"].to_list())
        words = {
            "fact": self._title(settings["fact"]),
            "collapse": settings["pages"] == "origins",
            "then": self._then(ds, settings),
        }
        return Drawing(ds, charts.claims, frame, frame["source_id"].to_list(), words)

    def _title(self, fact: str) -> str:
        kind, id, field = self._key(fact)  # noqa: A001
        if kind == "startup":
            return f"{self._base.lookup('SELECT name FROM data.startups WHERE startup_id = ?', [id]).item()}, {field.replace('_', ' ')}"
        name, label = self._base.lookup(
            f"SELECT s.name, l.fact FROM ({FACTS}) l JOIN data.startups s USING (startup_id) WHERE l.subject_kind = ? AND l.subject_id = ?",
            [kind, id],
        ).row(0)
        resolved = field in {"amount", "value", "pct"}
        return f"{name}, {label}" if resolved else f"{name}, {label.removesuffix(': size')}, {field.replace('_', ' ')}"

    def _then(self, ds: Dataset, settings: dict[str, Any]) -> str:
        """What follows from the choice, against the curators' choice with all that is known."""
        kind, id, field = self._key(settings["fact"])  # noqa: A001
        if field != {"round": "amount", "participation": "amount", "valuation": "value", "stake": "pct"}.get(kind):
            return ""
        if ds.lens.policy == "curated" and ds.lens.known_by is None:
            return ""
        plain = dataclasses.replace(ds.lens, policy="curated", known_by=None)
        return downstream_words(downstream(ds, kind, id, self.through(plain)), theme.money)

    def call(self, **settings: Any) -> str:
        """Write the call that gives the frame."""
        if settings["show"] == "origins":
            return f"ait.corroboration(ds, {settings['startup']!r})"
        if settings["show"] == "known":
            return f"ait.known_when(ds, {settings['startup']!r})"
        return f"ait.claims(ds, {', '.join(map(repr, self._key(settings['fact'])))})"

    def words(self, **settings: Any) -> str:
        """Say the state of the controls in a sentence."""
        lens = self.lens.words
        tail = f"; {lens}." if lens else "."
        if settings["show"] != "claims":
            name = dict(self._base.lookup("SELECT startup_id, name FROM data.startups").rows())[settings["startup"]]
            return f"{name}: {SHOW[settings['show']]}{tail}"
        then = self._then(self.through(self.lens), settings)
        return f"{self._title(settings['fact'])}: all claims, {PAGES[settings['pages']]}{tail}" + (
            f" {then}." if then else ""
        )

    def offered(self) -> dict[str, dict[Any, str]]:
        """Facts, policies and days of knowledge that a report offers; what the data lacks is left out."""
        facts = {f: self._title(f) for f in dict.fromkeys([self.settings["fact"], *self._present(OFFERED_FACTS)]) if f}
        return {
            "fact": facts,
            "policy": {p: p for p in POLICIES if p in {*OFFERED_POLICIES, self.lens.policy}},
            "known_by": {None: "all that is known", **{day: f"{day:%-d %b %Y}" for day in OFFERED_DAYS}},
            "pages": PAGES,
        }

    def _present(self, facts: tuple[str, ...]) -> list[str]:
        rows = self._base.lookup(
            "SELECT DISTINCT subject_kind || '|' || subject_id || '|' || field AS fact FROM main.all_claims"
        )
        return [fact for fact in facts if fact in set(rows["fact"])]
