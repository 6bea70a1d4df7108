"""The explorer of holdings: whether an investor is the China AI ETF, and what the answer hangs on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import polars as pl

import aitracker as ait
from aitracker.asked import one_of
from aitracker.explore._etf_views import (
    DAYS,
    DRAW,
    FEW,
    INVESTORS,
    LISTED,
    NOBODY,
    OFFERS,
    SCOPES,
    SINCE,
    TABLE,
    TAKES,
    UNIVERSES,
    VIEWS,
    WEIGHTINGS,
)
from aitracker.explore.base import GROUP_WORDS, Explorer, choice
from aitracker.view.figure import Drawing
from aitracker.vocabulary import POLICIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aitracker.dataset import Dataset

__all__ = ["ChinaAIETF"]

FUND = "etf-kweb"
"""The real fund of the fact sheet, where the data has its weights."""


def _names(ds: Dataset) -> dict[str, str]:
    """Names of the Chinese start-ups by key; the foreign ones are for comparison and in nobody's fund here."""
    rows = ds.lookup(
        "SELECT startup_id, name FROM data.startups WHERE wave <> 'foreign' ORDER BY lower(name), startup_id",
        shared=True,
    ).rows()
    return dict(rows)


def _curve(holdings: pl.DataFrame) -> pl.DataFrame:
    """Lorenz curve of the weights; no rows where nothing can be weighed."""
    weights = holdings["weight"].drop_nulls()
    if not len(weights):
        return pl.DataFrame(schema={"share_positions": pl.Float64, "share_value": pl.Float64})
    return ait.lorenz(weights)


class ChinaAIETF(Explorer):
    """Explore what an investor holds: a fact sheet and nine further views, under any weighting, counterfactual and lens.

    Parameters
    ----------
    ds : Dataset
        The data; the explorer opens with its lens. Its date is the lens's ``as_of``, affiliates are its ``group``.
    offer : sequence of str, optional
        Controls that a report offers; without it, those that matter most to the view. At most about sixty combinations.
    **settings
        Where the controls begin, such as ``view="coverage"`` (fact-sheet, holdings, look-through, lorenz, history,
        coverage, stake, sensitivity, overlap, network) or ``investor="tencent"``.

    Examples
    --------
    >>> ait.explore.ChinaAIETF(ait.load())  # doctest: +SKIP
    """

    def __init__(self, ds: Dataset, offer: Sequence[str] | None = None, **settings: Any) -> None:
        self._names = _names(ds)
        known = {*ds.lookup("SELECT investor_id FROM data.investors", shared=True)["investor_id"], ait.STATE_FUNDS}
        self._holders = {key: name for key, name in INVESTORS.items() if key in known}
        view = one_of("view", settings.get("view", "fact-sheet"), VIEWS)
        allowed = ("view", *self._values(), "credits", "as_of", "policy", "group")
        self._offer = OFFERS[view] if offer is None else tuple(one_of("offer", name, allowed) for name in offer)
        super().__init__(ds, **settings)

    def controls(self) -> dict[str, Any]:
        """Widgets by the name of the argument that they set."""
        first = next((name for name in FEW if name in self._names), next(iter(self._names), None))
        return {
            "view": choice("view", VIEWS, "fact-sheet"),
            "investor": choice("holder", self._holders, "alibaba"),
            "weighting": choice("weights", WEIGHTINGS, "value", "The verdict changes with what the positions are weighed by"),
            "scope": choice("set", SCOPES, "genai", "The start-ups that every share is of: each set holds the one before it"),
            "universe": choice("universe", UNIVERSES, "unicorns", "The start-ups that coverage is a share of"),
            "startup": choice("start-up", self._names, first, "For the view of one stake"),
            "leave_out": choice(
                "leave out", {NOBODY: NOBODY, **self._names}, NOBODY, "A counterfactual: as if this one were not held"
            ),
            "credits": w.IntSlider(
                value=100, min=0, max=100, step=10, description="credits at", readout_format="d",
                tooltip="Per cent of face value at which credits and other payment in kind count in the cost",
                style={"description_width": "6.5em"}, layout={"width": "19em"}, continuous_update=False,
            ),
        }  # fmt: skip

    def _counterfactual(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Options of ``holdings`` and ``scorecard`` that are not the default."""
        out: dict[str, Any] = {}
        if settings["credits"] != 100:
            out["credit_price"] = settings["credits"] / 100
        left = [] if settings["leave_out"] == NOBODY else [settings["leave_out"]]
        return {**out, "leave_out": left} if left else out

    def _ask(self, settings: Mapping[str, Any]) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Name of the function of the library, its arguments and its options."""
        view, who, weighting = settings["view"], settings["investor"], settings["weighting"]
        weights = {} if weighting == "value" else {"weighting": weighting}
        # Lists of holdings are of all Chinese start-ups unless told, figures of a field of the generative-AI ones.
        listed = {} if settings["scope"] == "ai" else {"scope": settings["scope"]}
        scope = {} if settings["scope"] == "genai" else {"scope": settings["scope"]}
        universe = {} if settings["universe"] == "unicorns" else {"universe": settings["universe"]}
        others = [
            who,
            *(name for name in ("alibaba", "tencent", "meituan", "hongshan") if name in self._holders and name != who),
        ][:4]
        return {
            "fact-sheet": ("holdings", (who,), {**weights, **self._counterfactual(settings), **listed}),
            "holdings": ("holdings", (who,), {**weights, **self._counterfactual(settings), **listed}),
            "lorenz": ("holdings", (who,), {**weights, **self._counterfactual(settings), **listed}),
            "look-through": ("look_through", (who,), listed),
            "history": ("through_time", (others,), {**weights, **scope, "start": SINCE}),
            "coverage": ("through_time", ([who],), {**universe, **scope, "start": SINCE}),
            "stake": ("stake_path", (who, settings["startup"]), {}),
            "sensitivity": ("sensitivity", (who,), {**weights, **scope}),
            "overlap": ("overlap_matrix", (), {**weights, **listed}),
            "network": ("co_investment", (), listed),
        }[view]

    def frame(self, ds: Dataset, **settings: Any) -> pl.DataFrame:
        """Compute what the view shows."""
        if settings["view"] == "look-through" and settings["investor"] not in LISTED:
            message = (
                f"{INVESTORS[settings['investor']]} has no stock whose market capitalisation the dataset knows; choose one of "
                + ", ".join(INVESTORS[i] for i in LISTED)
            )
            raise ValueError(message)
        frame = self._given(ds, settings)
        return _curve(frame) if settings["view"] == "lorenz" else frame

    def drawing(self, ds: Dataset, frame: pl.DataFrame, **settings: Any) -> Drawing:
        """Say how the view is drawn."""
        view, weighting, note = settings["view"], settings["weighting"], self._note(settings)
        # The short name of whom the frame is about: the group that the lens gives the investor.
        who = INVESTORS.get(str(frame["investor_id"][0])) if "investor_id" in frame.columns and frame.height else None
        every: dict[str, dict[str, Any]] = {
            "fact-sheet": {"holder": who, "note": note},
            "holdings": {"holder": who, "note": note},
            "look-through": {"holder": who},
            "lorenz": {"holder": INVESTORS[settings["investor"]], "weighting": WEIGHTINGS[weighting]},
            "stake": {"holder": who},
            "sensitivity": {"holder": who},
        }
        said = every.get(view, {})
        if view == "fact-sheet":
            card, fund = self._cards(ds, settings)
            said |= {"card": card, "fund": fund}
        behind = frame
        if view == "lorenz":  # a curve of weights, which name no sources
            behind = self._given(ds, settings)
            said |= {"holder": INVESTORS.get(str(behind["investor_id"][0]), said["holder"])} if behind.height else {}
            said |= {"rests": (behind["weight"].count(), behind.height)}
        sources = [one for seen in behind["seen"].to_list() for one in seen["source_ids"]]
        return Drawing(ds, DRAW[view], frame, sources, said, [c for c in TABLE.get(view, ()) if c in frame.columns])

    def _given(self, ds: Dataset, settings: Mapping[str, Any]) -> pl.DataFrame:
        """What the library gives for the settings, asked for once."""
        name, arguments, options = self._ask(settings)
        key = (name, repr(arguments), repr(options))
        frame: pl.DataFrame = ds.remember(key, lambda: getattr(ait, name)(ds, *arguments, **options))
        return frame

    def _cards(self, ds: Dataset, settings: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Rows of the scorecard: of this investor under this policy and weighting, and of the real fund."""
        options = {**self._counterfactual(settings), "universe": settings["universe"], "scope": settings["scope"]}
        weighed = ds.lookup("SELECT 1 FROM data.series WHERE entity_id LIKE ? || ':%' LIMIT 1", [FUND], shared=True)
        options["fund"] = FUND if weighed.height else None
        key = ("scorecard", settings["investor"], repr(options))
        # It holds every policy, whichever the lens has: all of them share one.
        any_ = self.through(dataclasses.replace(ds.lens, policy="curated"))
        every: pl.DataFrame = any_.remember(key, lambda: ait.scorecard(any_, settings["investor"], **options))
        mine = every.filter(
            (pl.col("kind") == "investor")
            & (pl.col("policy") == ds.lens.policy)
            & (pl.col("weighting") == settings["weighting"])
        )
        fund = every.filter(pl.col("kind") == "fund")
        return (mine.row(0, named=True) if mine.height else None, fund.row(0, named=True) if fund.height else None)

    def _note(self, settings: Mapping[str, Any]) -> str | None:
        """Say the counterfactual in words; None where there is none."""
        parts = []
        if settings["leave_out"] != NOBODY:
            parts.append(f"without {self._names[settings['leave_out']].split(' (')[0]}")
        if settings["credits"] != 100:
            parts.append(f"credits at {settings['credits']} % of face")
        return ", ".join(parts) or None

    def call(self, **settings: Any) -> str:
        """Write the call of the library."""
        name, arguments, options = self._ask(settings)
        given = ", ".join(["ds", *map(repr, arguments), *(f"{k}={v!r}" for k, v in options.items())])
        if settings["view"] == "lorenz":
            return f'ait.lorenz(ait.{name}({given})["weight"].drop_nulls())'
        return f"ait.{name}({given})"

    def words(self, **settings: Any) -> str:
        """Say the state of the controls in a sentence."""
        takes = TAKES[settings["view"]]
        said = [f"{INVESTORS[settings['investor']]}: {VIEWS[settings['view']]}"]
        if "weighting" in takes:
            said.append(f"weights by {WEIGHTINGS[settings['weighting']]}")
        if "scope" in takes:
            said.append(f"set: {SCOPES[settings['scope']]}")
        if "universe" in takes:
            said.append(f"universe: {UNIVERSES[settings['universe']]}")
        if "startup" in takes:
            said.append(self._names[settings["startup"]])
        if "leave_out" in takes and (note := self._note(settings)):
            said.append(note)
        lens = self.lens.words
        return "; ".join(said) + (f"; {lens}." if lens else ".")

    def _values(self) -> dict[str, dict[Any, str]]:
        listed = {k: INVESTORS[k] for k in LISTED if k in self._holders}
        few = {k: self._names[k] for k in FEW if k in self._names}
        return {
            "investor": listed,
            "weighting": WEIGHTINGS,
            "scope": SCOPES,
            "universe": UNIVERSES,
            "startup": few,
            "leave_out": {NOBODY: NOBODY, **{k: v for k, v in few.items() if k in FEW[:3]}},
        }

    def offered(self) -> dict[str, dict[Any, str]]:
        """Give the values of the controls that this explorer was told to offer."""
        values: dict[str, dict[Any, str]] = {
            **self._values(),
            "view": VIEWS,
            "credits": {100: "at face value", 50: "at 50 % of face", 0: "at nothing"},
            "as_of": {None: "latest", **{day: f"{day:%-d %b %Y}" for day in DAYS}},
            "policy": {p: p for p in POLICIES},
            "group": {g: GROUP_WORDS[g] for g in ("parent", "affiliates")},
        }
        if {"credits", "weighting"} <= set(
            self._offer
        ):  # credits are priced in the cost: the other weights say nothing
            values["weighting"] = {k: WEIGHTINGS[k] for k in ("value", "cost")}
        if len(self._offer) > 3:  # combinations multiply, so fewer holders and policies
            values["investor"] = {k: INVESTORS[k] for k in LISTED[:2]}
            values["policy"] = {p: p for p in ("curated", "lowest")}
        return {name: values[name] for name in self._offer}
