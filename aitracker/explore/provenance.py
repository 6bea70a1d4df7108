"""The provenance explorer: who said what of a fact, which claim is taken, and what follows from it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
from typing import TYPE_CHECKING, Any

from aitracker import charts
from aitracker.asked import key
from aitracker.charts import theme
from aitracker.explore.base import Explorer, choice
from aitracker.facts import Fact
from aitracker.provenance.claims import claims, corroboration
from aitracker.provenance.downstream import downstream, downstream_words
from aitracker.provenance.labels import FACTS, FIGURE, field_words, label, subject_label
from aitracker.provenance.retold import known_when
from aitracker.view.figure import Drawing
from aitracker.vocabulary import POLICIES

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
SHOWN = (
    "publisher", "source_kind", "known_from", "stated_low", "stated_high", "unit", "text_value", "value_usd_m", "chosen",
    "rank", "reason", "origin_id", "source_id",
)  # fmt: skip
"""Columns of the table under the claims."""
DEFAULT = "moonshot"

# What a report offers: facts on which sources differ most tellingly, and days on either side of what settled them.
OFFERED_FACTS = (
    "round|moonshot-2024-02|amount",
    "participation|moonshot-2024-02/alibaba|amount",
    "participation|moonshot-2024-02/alibaba|cloud_credit_share",
)
OFFERED_DAYS = (dt.date(2024, 2, 27), dt.date(2024, 5, 13))
OFFERED_POLICIES = ("curated", "filing-first", "lowest")


KINDS = {"startup": "", "investor": "investor: ", "event": "event: ", "series": "series: "}
"""Kinds of subject that the explorer opens, and what stands before their names in the list."""

MOST_CHARACTERS = 70


class WhoSaidWhat(Explorer):
    """Explore the claims on a fact: whose, the fact, the policy, the day of knowledge, and what follows.

    The list of subjects holds the start-ups, and the investors, events and series of which a source claims something.

    Parameters
    ----------
    ds : Dataset
        The data; the explorer opens with its lens.
    startup : str, optional
        Key of the start-up that it opens with; Moonshot, or the first one, where neither it nor a fact is given.
    fact : str, optional
        ``kind|key|field`` of the fact that it opens with, such as ``round|moonshot-2024-02|amount`` or
        ``investor|alibaba|ceo_role``; the most claimed fact of the start-up where none is given.
    **settings
        Where the other controls begin: ``show`` (``claims``, ``origins`` or ``known``), ``pages``.

    Raises
    ------
    ValueError
        When there is no such start-up, fact or setting, or the fact is another start-up's; the message names the nearest.

    Examples
    --------
    >>> ait.explore.WhoSaidWhat(ait.load())  # doctest: +SKIP
    """

    def __init__(self, ds: Dataset, startup: str | None = None, fact: str | None = None, **settings: Any) -> None:
        self._opening = _opening(ds, startup, fact)
        super().__init__(ds, **settings)

    def controls(self) -> dict[str, Any]:
        """Widgets by the name of the argument that they set."""
        subject, fact = self._opening
        offered = self._facts(subject)
        if fact is not None and fact not in offered:
            offered = {fact: self._title(fact), **offered}
        made = {
            "subject": choice("subject", self._subjects(), subject, "A start-up, an investor, an event or a series"),
            "fact": choice("fact", offered, fact or next(iter(offered)), "Most claimed first"),
            "show": choice("show", self._shows(subject), "claims"),
            "pages": choice("rows", PAGES, "pages", "Pages that repeat one piece are one origin"),
        }
        made["fact"].layout.width = made["subject"].layout.width = "34em"
        made["subject"].observe(self._other_subject, names="value")
        return made

    @staticmethod
    def _shows(subject: str) -> dict[str, str]:
        """What can be shown of a subject: its facts together only of a start-up's money."""
        return SHOW if subject.startswith("startup|") else {"claims": SHOW["claims"]}

    def _other_subject(self, change: dict[str, Any]) -> None:
        shows = [(words, name) for name, words in self._shows(change["new"]).items()]
        if list(self._controls["show"].options) != shows:
            self._controls["show"].options = shows
        facts = self._facts(change["new"])
        self._controls["fact"].options = [(words, name) for name, words in facts.items()]

    def _subjects(self) -> dict[str, str]:
        """All start-ups by name, then whatever else something is claimed of."""
        names = self._base.lookup(
            "SELECT 'startup|' || startup_id, name FROM data.startups ORDER BY name", shared=True
        ).rows()
        claimed = self._base.lookup(
            """SELECT DISTINCT subject_kind, subject_id FROM data.claims
            WHERE subject_kind IN ('investor', 'event', 'series') ORDER BY ALL""",
            shared=True,
        ).rows()
        opened = Fact.read(f"{self._opening[0]}|")
        if opened.kind != "startup" and (opened.kind, opened.id) not in claimed:
            claimed.append((opened.kind, opened.id))
        rest = [
            (f"{kind}|{id}", f"{KINDS[kind]}{_cut(subject_label(self._base, kind, id))}")
            for kind, id in sorted(claimed, key=lambda pair: (list(KINDS).index(pair[0]), pair[1]))  # noqa: A001
        ]
        return dict([*names, *rest])

    def _facts(self, subject: str) -> dict[str, str]:
        """Facts of a subject that a source states, by key, the most claimed first, with their words."""
        kind, id = subject.split("|", 1)  # noqa: A001 - the word of the interface
        rows = self._base.lookup(
            f"""WITH numbered AS (
                SELECT subject_kind, subject_id, field, count(*) AS n FROM main.all_claims GROUP BY ALL
            )
            SELECT n.subject_kind, n.subject_id, n.field, l.fact, n.n
            FROM numbered n LEFT JOIN ({FACTS}) l USING (subject_kind, subject_id)
            WHERE (n.subject_kind, n.subject_id) = ($1, $2) OR ($1 = 'startup' AND l.startup_id = $2)
            ORDER BY n.n DESC, n.subject_kind, n.subject_id, n.field LIMIT {MOST_FACTS}""",
            [kind, id],
        ).rows()
        told = [
            (str(Fact(k, i, field)), _words(fact, FIGURE.get(k) == field, field), n) for k, i, field, fact, n in rows
        ]
        # Two facts of one label (two values of one day) are told apart by their keys.
        seen = [words for _, words, _ in told]
        out = {}
        for fact, words, n in told:
            which = f" [{Fact.read(fact).id}]" if seen.count(words) > 1 else ""
            out[fact] = f"{words}{which}: {theme.count(n, 'claim')}"
        return out or {"": "nothing is claimed of it"}

    def frame(self, ds: Dataset, **settings: Any) -> pl.DataFrame:
        """Compute the claims, or what is shown of the start-up."""
        if settings["show"] == "origins":
            return corroboration(ds, self._startup(settings))
        if settings["show"] == "known":
            return known_when(ds, self._startup(settings))
        if not settings["fact"]:  # nothing is claimed of it
            kind, id = settings["subject"].split("|", 1)  # noqa: A001
            return claims(ds, kind, id)
        return claims(ds, *Fact.read(settings["fact"]))

    @staticmethod
    def _startup(settings: dict[str, Any]) -> str:
        return str(settings["subject"]).removeprefix("startup|")

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
        return Drawing(ds, charts.claims, frame, frame["source_id"].to_list(), words, SHOWN)

    def _title(self, fact: str) -> str:
        return label(self._base, *Fact.read(fact)) if fact else "Nothing is claimed of it"

    def _then(self, ds: Dataset, settings: dict[str, Any]) -> str:
        """What follows from the choice, against the curators' choice with all that is known."""
        kind, id, field = Fact.read(settings["fact"])  # noqa: A001
        if field != FIGURE.get(kind) or kind == "total":
            return ""
        if ds.lens.policy == "curated" and ds.lens.known_by is None:
            return ""
        plain = dataclasses.replace(ds.lens, policy="curated", known_by=None)
        return downstream_words(downstream(ds, kind, id, self.through(plain)), theme.money)

    def call(self, **settings: Any) -> str:
        """Write the call that gives the frame."""
        if settings["show"] == "origins":
            return f"ait.corroboration(ds, {self._startup(settings)!r})"
        if settings["show"] == "known":
            return f"ait.known_when(ds, {self._startup(settings)!r})"
        asked = Fact.read(settings["fact"]) if settings["fact"] else settings["subject"].split("|", 1)
        return f"ait.claims(ds, {', '.join(map(repr, asked))})"

    def words(self, **settings: Any) -> str:
        """Say the state of the controls in a sentence."""
        lens = self.lens.words
        tail = f"; {lens}." if lens else "."
        if settings["show"] != "claims":
            name = subject_label(self._base, "startup", self._startup(settings))
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
            "SELECT DISTINCT subject_kind || '|' || subject_id || '|' || field AS fact FROM main.all_claims",
            shared=True,
        )
        return [fact for fact in facts if fact in set(rows["fact"])]


def _opening(ds: Dataset, startup: str | None, fact: str | None) -> tuple[str, str | None]:
    """The subject that the explorer opens with, and the fact; what does not exist is refused."""
    if startup is not None:
        startup = key(ds, "startup", startup)
    if fact is None:
        names = ds.lookup("SELECT startup_id FROM data.startups ORDER BY startup_id", shared=True)[
            "startup_id"
        ].to_list()
        return f"startup|{startup or (DEFAULT if DEFAULT in names else names[0])}", None
    every = ds.lookup(
        "SELECT DISTINCT subject_kind || '|' || subject_id || '|' || field AS fact FROM main.all_claims ORDER BY 1",
        shared=True,
    )["fact"].to_list()
    if fact not in every:
        close = difflib.get_close_matches(str(fact), every, n=1, cutoff=0.5)
        message = f"fact must be kind|key|field of a fact that a source claims, such as {every[0]!r}, not {fact!r}"
        raise ValueError(message + (f"; did you mean {close[0]!r}?" if close else ""))
    kind, id, _ = Fact.read(fact)  # noqa: A001
    if kind in {"investor", "event", "series"}:
        owner = f"{kind}|{id}"
    else:
        owners = ds.lookup(
            f"SELECT startup_id FROM ({FACTS}) WHERE subject_kind = ? AND subject_id = ?", [kind, id], shared=True
        )
        owner = f"startup|{id if kind == 'startup' else owners['startup_id'].item()}"
    if startup is not None and owner != f"startup|{startup}":
        message = (
            f"fact {fact!r} belongs to {owner.replace('|', ' ')!r}, not to start-up {startup!r}: leave one of them out"
        )
        raise ValueError(message)
    return owner, fact


def _cut(text: str) -> str:
    """Shorten a title for a list."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1].rstrip()}…"


def _words(fact: str | None, is_figure: bool, field: str) -> str:
    """Name a fact beside its subject: the label of a figure, else the field with what it belongs to."""
    if fact is None:
        return field_words(field)
    return fact if is_figure else f"{fact.removesuffix(': size')}, {field_words(field)}"
