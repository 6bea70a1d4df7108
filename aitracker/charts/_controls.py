"""The controls of the static funding chart, described for a page that draws its own."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from aitracker.charts import funding, theme
from aitracker.vocabulary import POLICIES

GROUPINGS: Final[Mapping[str, str]] = {
    "investor_type": "investor type",
    "startup": "start-up",
    "country_group": "home of the investor",
}
INVESTORS: Final[Mapping[str, str]] = {
    "parent": "parent firms",
    "none": "each vehicle",
    "managed": "parents and managers",
    "affiliates": "parents and affiliates",
}
PERIODS: Final = ("year", "quarter")
WAVES: Final = ("genai", "vision", "other", "foreign")


def wave_label(wave: str) -> str:
    """Name a wave; the foreign one holds what the Chinese start-ups are compared with."""
    return "Foreign comparators" if wave == "foreign" else theme.label(wave)


def controls(rows: pl.DataFrame | None = None, *, until: date | None = None) -> list[dict[str, Any]]:
    """Describe the controls of :func:`funding_flows_static` for a page that draws its own.

    Parameters
    ----------
    rows
        The frame that the chart was made from; without it, all waves are offered and no date.
    until
        The day up to which the data reach; the last date of the rows where it is not given.

    Returns
    -------
    list[dict]
        For each control `param` (the signal to set), `label`, `kind` ("select" or "range"), `value` (where it
        starts), and either `options` (``{"value", "label"}``) or `min`, `max`, `step`. The range counts milliseconds
        at UTC: `unit` is "date".
    """
    days = [] if rows is None else [d for d in rows["date"].to_list() if d is not None]
    last = until or max(days, default=date(2026, 1, 1))
    waves = WAVES if rows is None else sorted({str(w) for w in rows["wave"].to_list() if w is not None})

    def select(param: str, label: str, values: Mapping[str, str]) -> dict[str, Any]:
        options = [{"value": value, "label": words} for value, words in values.items()]
        return {"param": param, "label": label, "kind": "select", "options": options, "value": options[0]["value"]}

    out = [
        select("every", "Period", {p: p for p in PERIODS}),
        select("by", "Grouped by", GROUPINGS),
        select("wave", "Wave", {"all": "all waves"} | {w: wave_label(w) for w in waves}),
        select("policy", "Where claims differ", {p: p for p in POLICIES}),
    ]
    if rows is not None and "groups" in rows.columns:
        out.append(select("grp", "Investors", INVESTORS))
    if rows is not None:
        out.append(
            {
                "param": "as_of",
                "label": "Rounds up to",
                "kind": "range",
                "unit": "date",
                "min": funding.ms(min(days, default=last)),
                "max": funding.ms(last),
                "step": 86_400_000,
                "value": funding.ms(last),
            }
        )
    return out
