"""The lineage of a number: which claims there are, which one the policy takes and why, at which rate, by which macro."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.facts import Fact
from aitracker.provenance.carried import facts_of
from aitracker.provenance.claim_words import by_whom, in_dollars, says
from aitracker.provenance.claims import all_claims, claims
from aitracker.provenance.printed import PRINTED, is_printed, printed_claim
from aitracker.provenance.reasons import why

if TYPE_CHECKING:
    import datetime as dt

    from aitracker.dataset import Dataset
    from aitracker.lens import Lens

__all__ = ["Explanation", "Lineage", "explain"]

MACROS = {
    "round": "rounds_seen",
    "participation": "participations_seen",
    "valuation": "valuations_seen",
    "stake": "stakes_seen",
}


NOTHING = "Under this lens no fact stands behind this."


@dataclass(frozen=True)
class Lineage:
    """Where one number comes from.

    Attributes
    ----------
    kind, id, field
        The fact.
    version, lens
        Data version, and the lens that it is seen through.
    claims
        Every claim on it under the lens, as :func:`aitracker.claims` gives them.
    chosen
        The claim taken, or None where nothing is adopted or known.
    why
        Why it is that one.
    macro
        The call that gives the number in SQL.
    """

    kind: str
    id: str
    field: str
    version: str
    lens: Lens
    claims: pl.DataFrame
    chosen: dict[str, Any] | None
    why: str
    macro: str

    @property
    def title(self) -> str:
        """Name of the fact in a line."""
        return f"{self.field} of {self.kind} {self.id}"

    @property
    def value(self) -> str:
        """The number with its unit, native and in US dollars, or ``unknown``."""
        c = self.chosen
        return "unknown" if c is None else says(c) + in_dollars(c)

    @property
    def rate(self) -> str | None:
        """Rate and day of the conversion; None where there was none."""
        c = self.chosen
        if c is None or not c["fx_date"]:
            return None
        return f"US${c['fx_rate']:.6g} per {c['unit'][:3]} on {c['fx_date']} (data.fx; the last rate up to the day of the fact)"

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The lineage as pairs of a word and what it says."""
        n, origins = self.claims.height, self.claims["origin_id"].n_unique()
        gone = self.claims.filter(pl.col("rank") == "deprecated").height
        by = by_whom(self.chosen) if self.chosen else "nobody"
        return [
            ("value", self.value),
            ("taken from", by),
            ("why", self.why),
            *([("rate", self.rate)] if self.rate else []),
            ("claims", f"{n} of {origins} origin{'s' * (origins != 1)}" + (f", {gone} known to be wrong" if gone else "")),
            ("made by", self.macro),
            ("lens", self.lens.words or "default"),
            ("data", self.version),
        ]  # fmt: skip

    def __str__(self) -> str:
        """As text."""
        lines = [self.title, *(f"  {word + ':':<12}{said}" for word, said in self.steps)]
        for c in self.claims.iter_rows(named=True):
            mark = (
                "*"
                if self.chosen and c["claim_id"] == self.chosen["claim_id"]
                else "x"
                if c["rank"] == "deprecated"
                else "-"
            )
            lines.append(
                f"  {mark} {says(c)}{in_dollars(c)} | {by_whom(c)}" + (f" | {c['reason']}" if c["reason"] else "")
            )
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """As HTML, every text escaped."""
        steps = "".join(f"<dt>{html.escape(w)}</dt><dd>{html.escape(said)}</dd>" for w, said in self.steps)
        rows = []
        for c in self.claims.iter_rows(named=True):
            said = html.escape(says(c) + in_dollars(c))
            if c["rank"] == "deprecated":
                said = f"<del>{said}</del>"
            elif self.chosen and c["claim_id"] == self.chosen["claim_id"]:
                said = f"<strong>{said}</strong> (taken)"
            rows.append(
                f"<tr><td>{said}</td><td>{html.escape(by_whom(c))}</td><td>{html.escape(c['reason'] or '')}</td></tr>"
            )
        return (
            f'<details open class="aitracker-lineage"><summary>{html.escape(self.title)}</summary><dl>{steps}</dl>'
            '<table><thead><tr><th scope="col">says</th><th scope="col">who, when</th><th scope="col">remark</th></tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></details>"
        )


class Explanation:
    """The facts behind a row, each with its lineage; prints as text, renders as HTML in a notebook.

    Attributes
    ----------
    facts : tuple of Lineage
        In the order of the facts; a row that rests on many has many.
    """

    def __init__(self, facts: tuple[Lineage, ...]) -> None:
        self.facts = facts

    def __len__(self) -> int:
        return len(self.facts)

    def __iter__(self) -> Iterator[Lineage]:
        return iter(self.facts)

    def __getitem__(self, index: int) -> Lineage:
        return self.facts[index]

    @property
    def source_ids(self) -> list[str]:
        """Sources of the claims taken, each once."""
        return list(dict.fromkeys(f.chosen["source_id"] for f in self.facts if f.chosen))

    def __str__(self) -> str:
        """As text."""
        if not self.facts:
            return NOTHING
        head = f"{len(self.facts)} facts\n\n" if len(self.facts) > 1 else ""
        return head + "\n\n".join(map(str, self.facts))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(f._repr_html_() for f in self.facts) or f"<p>{NOTHING}</p>"

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def explain(
    ds: Dataset,
    kind: str | Mapping[str, Any] | pl.DataFrame,
    id: str | None = None,
    field: str | None = None,
) -> Explanation:
    """Say where a number comes from: claims, the policy's choice and its reason, native amount, rate, and the macro.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    kind : str, mapping or one-row frame
        Kind of the subject (``round``, ``participation``, ``valuation``, ``stake``, ``startup``, ``investor``, ``event``,
        ``series``, ``total``), with ``id`` and ``field``; or a row of any metric's frame with its column ``facts``, as
        Polars or pandas give it: the facts that its numbers were computed from are explained, in order. Or what names a
        subject exactly: ``subject_kind`` and ``subject_id`` (and ``field``), one of the keys ``round_id`` (with
        ``investor_id``), ``valuation_id``, ``stake_id``, ``event_id``, ``series_id``, ``total_id`` and nothing else, or a
        whole row of one of the dataset's tables. Nothing is guessed from the names of columns.
    id : str, optional
        Key of the subject, where ``kind`` is a word.
    field : str, optional
        One fact of the subject; all where none is given.

    Returns
    -------
    Explanation
        Holds a :class:`Lineage` a fact; prints as text, and renders as HTML in a notebook. Empty where the lens shows
        none of the facts.

    Raises
    ------
    ValueError
        When the fact does not exist, or when the row carries no facts and names no subject.

    Examples
    --------
    >>> print(ait.explain(ds, "round", "moonshot-2024-02", "amount"))  # doctest: +SKIP
    >>> ait.explain(ds, ait.portfolio(ds).row(0, named=True))  # doctest: +SKIP
    """
    if isinstance(kind, str):
        if id is None:
            message = f"explain needs the key of the {kind} too, or a row of a frame in place of both"
            raise ValueError(message)
        found = claims(ds, kind, id, field)
        fields = [field] if field else list(dict.fromkeys(found["field"].to_list()))
        facts = [Fact(kind, id, name) for name in fields]
    else:
        facts = facts_of(ds, _row(kind))
    return Explanation(tuple(_lineage(ds, fact) for fact in facts))


def _row(given: Any) -> Mapping[str, Any]:
    """One row as a mapping, whether Polars, pandas or the caller made it."""
    if isinstance(given, pl.DataFrame) or (hasattr(given, "iloc") and hasattr(given, "columns")):
        if len(given) != 1:
            message = f"explain takes one row, not {len(given)}: choose one, as in frame.row(0, named=True)"
            raise ValueError(message)
        return given.row(0, named=True) if isinstance(given, pl.DataFrame) else dict(given.iloc[0].to_dict())
    if isinstance(given, Mapping):
        return given
    if hasattr(given, "to_dict"):  # a row of a pandas frame
        return dict(given.to_dict())
    message = f"explain takes a kind and a key, or a row as a mapping or a one-row frame, not {type(given).__name__}"
    raise ValueError(message)


def _lineage(ds: Dataset, fact: Fact) -> Lineage:
    keys = ("subject_kind", "subject_id", "field")
    found = all_claims(ds).filter(pl.col(key) == value for key, value in zip(keys, fact, strict=True)).drop(keys[:2])
    if is_printed(fact):
        found = printed_claim(ds, fact, found)
    taken = found.filter("chosen")
    resolved = ds.lookup(
        "SELECT resolved FROM data.fields WHERE subject_kind = ? AND field = ?", [fact.kind, fact.field], shared=True
    )
    is_resolved = fact.kind == "total" or is_printed(fact) or bool(resolved.height and resolved["resolved"].item())
    if taken.is_empty() and not is_resolved:
        standing = found.filter(pl.col("rank") != "deprecated")
        for test in (pl.col("adopted"), pl.col("rank") == "preferred"):
            taken = taken if taken.height else standing.filter(test)
    chosen = taken.row(0, named=True) if taken.height else None
    return Lineage(
        *fact,
        ds.version,
        ds.lens,
        found,
        chosen,
        why(ds, fact, found, chosen, resolved=is_resolved),
        _macro(ds.lens, fact, resolved=is_resolved),
    )


def _macro(lens: Lens, fact: Fact, *, resolved: bool) -> str:
    def arg(day: dt.date | None) -> str:
        return f"DATE '{day}'" if day else "NULL"

    if is_printed(fact):
        return "data.cap_tables, as printed" if fact.kind == PRINTED else "data.rounds"
    if fact.kind == "total":
        return f"totals_seen({arg(lens.as_of)}, {arg(lens.known_by)})"
    if not resolved or fact.kind not in MACROS:
        return f"claims_seen({arg(lens.as_of)}, {arg(lens.known_by)})"
    group = f", '{lens.group}'" if fact.kind in {"participation", "stake"} else ""
    call = f"{MACROS[fact.kind]}({arg(lens.as_of)}, {arg(lens.known_by)}, '{lens.policy}'{group})"
    return f"{call}, by resolved({arg(lens.known_by)}, '{lens.policy}')"
