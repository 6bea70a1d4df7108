"""The compute explorer: what start-ups were paid in, how much of it can come back, and under which assumptions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import polars as pl

from aitracker import charts
from aitracker.explore.base import GROUP_WORDS, Explorer, choice
from aitracker.explore.funding import cited, shown
from aitracker.facts import CARRIED
from aitracker.flows.credits import credit_value, draw_down
from aitracker.flows.instruments import instrument_summary
from aitracker.flows.returnable import returnable_money
from aitracker.view.figure import Drawing
from aitracker.vocabulary import FOREIGN

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["ComputeForEquity"]

VIEW = {
    "instruments": "what was given",
    "returnable": "what can come back",
    "price": "price of the credits",
    "drawdown": "draw-down",
    "deals": "money out, purchases back",
}
SHARES = (
    "kind", "investor_id", "investor", "startup", *CARRIED, "label", "rounds", "rounds_unknown", "rounds_resting",
    "rounds_undivided", "committed_usd_m", "committed_low_usd_m", "committed_high_usd_m", "returnable_low_usd_m",
    "returnable_high_usd_m", "share_low_pct", "share_high_pct", "share_high_escrow_pct", "whole_low_pct", "whole_high_pct",
    "split", "quarters", "segment_revenue_usd_m", "ceiling_low_pct", "ceiling_high_pct", "purchase_usd_m", "status", "waves",
    "scope", "universe",
)  # fmt: skip
STEP = 10
DAY = dt.date(2024, 5, 31)
"""A day that a report can look back to: in that month the press told of the credits in Moonshot's round."""


class ComputeForEquity(Explorer):
    """Explore compute paid for equity: instruments, money that can return, the price of credits, the draw-down.

    Parameters
    ----------
    ds : Dataset
        The data; the explorer opens with its lens.
    **settings
        Values of the controls at the start, by name, such as ``view="returnable"``.

    Examples
    --------
    >>> ait.explore.ComputeForEquity(ait.load(), view="price")  # doctest: +SKIP
    """

    def controls(self) -> dict[str, Any]:
        """Widgets by the name of the argument that they set."""
        style = {"description_width": "6.5em"}
        return {
            "view": choice("view", VIEW, "instruments", "What is drawn"),
            "investor": choice("investor", self._investors(), "alibaba", "Whose money"),
            "price": w.IntSlider(
                value=50, min=0, max=100, step=STEP, description="price, %", style=style, continuous_update=False,
                tooltip="What a credit was worth, in per cent of its face value: an assumption",
            ),
            "quarters": w.IntSlider(
                value=8, min=1, max=16, description="quarters", style=style, continuous_update=False,
                tooltip="Over how many quarters the credits are drawn down, evenly: an assumption",
            ),
            "comparators": w.Checkbox(value=True, description="foreign comparators too", indent=False),
        }  # fmt: skip

    def _investors(self) -> dict[str, str]:
        """Alibaba and everyone who is known to have given something else than money, or sells computing."""
        rows = self._base.lookup(
            """SELECT DISTINCT i.investor_id, i.name FROM data.participations p
            JOIN investor_roots r USING (investor_id) JOIN data.investors i ON i.investor_id = r.parent_root
            WHERE p.instrument IN ('cloud-credit', 'escrow', 'traffic', 'mixed', 'convertible') OR i.type = 'big-tech'
            ORDER BY i.investor_id <> 'alibaba', i.name"""
        )
        return dict(rows.iter_rows())

    def _waves(self, investor: str) -> dict[str, Any]:
        """The argument that asks for foreign comparators, for investors that put money into nobody else."""
        rows = self._base.lookup(
            """SELECT DISTINCT r.parent_root FROM data.participations p JOIN investor_roots r USING (investor_id)
            JOIN data.rounds USING (round_id) JOIN data.startups s USING (startup_id) WHERE s.wave <> 'foreign' ORDER BY ALL"""
        )
        return {} if investor in rows["parent_root"] else {"waves": [FOREIGN]}

    def _call(self, settings: dict[str, Any]) -> tuple[str, str]:
        """The expression that gives the frame, and what has to be imported for it."""
        view, whose = settings["view"], repr(settings["investor"])
        whose += "".join(f", {key}={value!r}" for key, value in self._waves(settings["investor"]).items())
        if view == "instruments":
            return f"ait.instrument_summary(ds, {whose})", ""
        if view == "price":
            return f"ait.credit_value(ds, {whose})", ""
        if view == "drawdown":
            quarters = tuple(sorted({1, 2, 4, 6, 8, 12, 16, settings["quarters"]}))
            return f"ait.draw_down(ds, {whose}, quarters={quarters})", ""
        kinds: tuple[str, ...] = ("pair", "all", "comparator") if settings["comparators"] else ("pair", "all")
        if view == "deals":
            kinds = tuple(k for k in kinds if k != "all")
        columns = ", ".join(map(repr, SHARES))
        base = f"ait.returnable_money(ds, {whose}, quarters={settings['quarters']})"
        return f"{base}.filter(pl.col('kind').is_in({kinds!r})).select({columns})", "import polars as pl\n\n"

    def frame(self, ds: Dataset, **settings: Any) -> pl.DataFrame:
        """Compute what the view shows."""
        view, whose = settings["view"], settings["investor"]
        waves = self._waves(whose)
        if view == "instruments":
            return instrument_summary(ds, whose, **waves)
        if view == "price":
            return credit_value(ds, whose, **waves)
        if view == "drawdown":
            return draw_down(ds, whose, quarters=tuple(sorted({1, 2, 4, 6, 8, 12, 16, settings["quarters"]})), **waves)
        kinds = [
            "pair",
            *(["all"] if view == "returnable" else []),
            *(["comparator"] if settings["comparators"] else []),
        ]
        return (
            returnable_money(ds, whose, quarters=settings["quarters"], **waves)
            .filter(pl.col("kind").is_in(kinds))
            .select(SHARES)
        )

    def drawing(self, ds: Dataset, frame: pl.DataFrame, **settings: Any) -> Drawing:
        """Say how the frame is drawn, and from which sources it comes."""
        view = settings["view"]
        sources, columns = cited(frame), shown(frame)
        if view == "instruments":
            return Drawing(ds, charts.instrument_mix, frame, sources, columns=columns)
        if view == "price":
            return Drawing(ds, charts.credit_value, frame, sources, {"price": settings["price"]}, columns)
        if view == "drawdown":
            return Drawing(ds, charts.draw_down, frame, sources, {"quarters": settings["quarters"]}, columns)
        draw = charts.returnable_share if view == "returnable" else charts.circular_deals
        return Drawing(ds, draw, frame, sources, columns=columns)

    def call(self, **settings: Any) -> str:
        """Write the call that gives the frame."""
        expression, imports = self._call(settings)
        return imports + expression

    def words(self, **settings: Any) -> str:
        """Say the state of the controls in a sentence."""
        s = settings
        parts = [f"{self._investors().get(s['investor'], 'no investor')}: {VIEW[s['view']]}"]
        if s["view"] == "price":
            parts.append(f"marked: credits worth {s['price']} % of their face value, an assumption")
        if s["view"] in {"returnable", "drawdown", "deals"}:
            parts.append(f"drawn down evenly over {s['quarters']} quarters, an assumption")
        if self.lens.words:
            parts.append(self.lens.words)
        return "; ".join(parts) + "."

    def offered(self) -> dict[str, dict[Any, str]]:
        """The assumption of the view, and the rule for choosing among claims."""
        view = self.settings["view"]
        bounds: dict[Any, str] = {p: p for p in ("curated", "lowest", "highest")}
        if view == "price":
            return {"price": {p: f"{p} % of face" for p in (0, 20, 40, 50, 60, 80, 100)}, "policy": bounds}
        if view == "drawdown":
            return {"quarters": {q: f"{q} quarters" for q in (1, 4, 8, 16)}, "policy": bounds}
        if view == "instruments":
            some = {k: v for k, v in self._investors().items() if k in {"alibaba", "tencent", "microsoft", "amazon"}}
            return {
                "investor": some,
                "as_of": {None: "latest", DAY: f"{DAY:%-d %b %Y}"},
                "policy": bounds,
                "group": {g: GROUP_WORDS[g] for g in ("parent", "affiliates")},
            }
        return {
            "quarters": {q: f"{q} quarters" for q in (1, 4, 8, 16)},
            "comparators": {True: "shown", False: "hidden"},
        }
