"""Why one claim among many is taken: the rule of the policy, and what the curators wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.provenance.claim_words import since
from aitracker.provenance.printed import is_printed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitracker.dataset import Dataset
    from aitracker.facts import Fact

__all__ = ["why"]


def why(ds: Dataset, fact: Fact, found: pl.DataFrame, chosen: dict[str, Any] | None, *, resolved: bool) -> str:
    """Why this claim on a fact is taken, or why none is; with what the curators wrote, where the choice is theirs."""
    if found.is_empty():
        return "no source had said anything of it under this lens"
    if is_printed(fact):
        return "what the row says as its source prints it; nothing is chosen"
    if fact.kind == "total":
        return "what a third party states of a whole; nothing is chosen"
    if chosen is None:
        return "the curators adopted none of the claims" if resolved else "its claims are listed; none is adopted"
    decided = ds.lookup(
        "SELECT reason FROM data.decisions WHERE decision IN ('chosen', 'kept') AND subject_kind = ? AND subject_id = ?"
        " AND field IN (?, ?) ORDER BY decision, field",
        [fact.kind, fact.id, fact.field, {"amount": "amount_m", "value": "value_m"}.get(fact.field, fact.field)],
        shared=True,
    )["reason"].to_list()
    standing = found.filter((pl.col("rank") != "deprecated") & pl.col("value").is_not_null())
    how = _rule(ds.lens.policy, chosen, standing["origin_id"].n_unique(), resolved=resolved)
    written = next(iter([*decided, *filter(None, [chosen["reason"]])]), None)
    # What the curators wrote explains their own choice, not that of another rule.
    return f"{how}: {written}" if written and (chosen["adopted"] or not resolved) else how


def _rule(policy: str, chosen: Mapping[str, Any], voices: int, *, resolved: bool) -> str:
    """What made this claim the one."""
    best = f"the best-ranked kind of source ({chosen['source_kind']})"
    if not resolved:
        whose = "the curators' row" if chosen["adopted"] else "the claim that the curators prefer"
        rule = f"{whose}; the policy of the lens chooses among claims of sizes, values and stakes only"
    elif voices == 1:
        rule = "the only origin that states it"
    elif policy == "curated":
        own = f"the curators' choice among {voices} origins"
        rule = (
            own if chosen["adopted"] else f"the curators' own choice was not known by then; {best} of {voices} origins"
        )
    else:
        rule = {
            "filing-first": f"{best}, the latest of that kind, of {voices} origins",
            "latest": f"the latest known of {voices} origins, since {since(chosen['known_from'])}",
            "lowest": f"the lowest of what {voices} origins state",
            "highest": f"the highest of what {voices} origins state",
            "median": f"the lower middle one of what {voices} origins state, one voice each",
        }[policy]
    return rule
