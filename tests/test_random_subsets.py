"""What passes the checks runs: random subsets of the curated rows through every public function, chart and explorer."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from subsets import loaded, read_all
from test_enumeration import CHARTS, EXPLORERS
from test_handed_out import METRICS

import aitracker as ait
from aitracker import charts
from aitracker.flows.static import funding_rows
from aitracker.vocabulary import GROUPS, POLICIES, WAVES

DRAWS = 200
"""Subsets that are drawn, each run through a slice of the functions: every function meets about ten of them ..."""
SLICES = 20
WHOLE = 20
"""... and every so-manieth subset is run through all of them, and through another lens."""
DRAWN = 50
"""Every so-manieth subset is drawn by every chart and opened in every explorer."""

EVERYTHING, COLUMNS = read_all()


class Case:
    """One subset, opened, with names that are in it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - drawn again from its seed, not kept secret
        self.ds, rows = loaded(folder, EVERYTHING, COLUMNS, self.rng)
        pick = self.rng.choice
        mine = [row["investor_id"] for table in ("participations", "stakes") for row in rows[table]]
        rounds = [row["round_id"] for row in rows["rounds"]]
        self.startup = pick(rows["startups"])["startup_id"]
        self.given = {
            "investor": pick(mine) if mine else None,
            "investors": sorted(set(self.rng.sample(mine, min(len(mine), 3)))) or None,
            "startup": self.startup,
            "kind": "round",
            "id": pick(rounds) if rounds else None,
            "origin": pick(rows["sources"])["source_id"],
            "waves": list(WAVES),
        }
        # A real fund is one whose weights are there, a listed investor one whose market value is.
        weighed = {row["entity_id"].split(":")[0] for row in rows["series"] if row["metric"] == "weight_pct"}
        self.fund = min(weighed, default=None)
        here = {row["investor_id"] for row in rows["investors"]}
        listed = here & {row["entity_id"] for row in rows["series"] if row["metric"] == "market_cap"}
        self.listed = min(listed, default=None)

    def lens(self) -> ait.Dataset:
        """The same rows through another lens."""
        days = ["2019-06-30", "2023-12-31", "2024-09-30", "2025-12-31", None]
        pick = self.rng.choice
        return self.ds.at(as_of=pick(days), known_by=pick(days), policy=pick(POLICIES), group=pick(GROUPS))

    def ask(self, name: str, ds: ait.Dataset | None = None, **words: Any) -> pl.DataFrame | None:
        """The frame of a metric for names of the subset; None where it has none that the metric must be given."""
        metric = getattr(ait, name)
        wanted = list(inspect.signature(metric).parameters.values())[1:]
        given = dict(self.given)
        if name == "fund_weights" or (name == "scorecard" and self.fund):
            given["fund"] = self.fund
        if name.startswith("look_through"):
            given["investor"] = self.listed
        arguments = {p.name: given[p.name] for p in wanted if p.name in given} | words
        if None in arguments.values():
            return None
        if name == "scorecard":
            arguments.setdefault("fund", None)
        frame: pl.DataFrame = metric(ds or self.ds, **arguments)
        return frame


def sound(frame: pl.DataFrame | None) -> bool:
    """No number of a frame is none, and each row that has facts names them."""
    if frame is None:
        return True
    numbers = [column for column, kind in frame.schema.items() if kind.is_float()]
    return all(frame[column].drop_nulls().is_finite().all() for column in numbers)


FRAMES: dict[str, Callable[[Case], pl.DataFrame | None]] = {
    "circular_deals": lambda case: case.ask("returnable_money"),
    "returnable_share": lambda case: case.ask("returnable_money"),
    "cumulative_flows": lambda case: case.ask("funding_flows"),
    "effective_number": lambda case: case.ask("through_time"),
    "coverage": lambda case: case.ask(
        "through_time", investors=[case.given["investor"]] if case.given["investor"] else None
    ),
    "fact_sheet": lambda case: case.ask("holdings"),
    "flows_and_events": lambda case: case.ask("funding_flows"),
    "funding_flows_static": lambda case: funding_rows(case.ds),
    "instrument_mix": lambda case: case.ask("instrument_summary"),
    "lorenz": lambda case: curve(case),  # noqa: PLW0108 - defined below
    "sankey": lambda case: case.ask("investor_matrix"),
}
"""What a chart draws where its frame is not of the metric of the same name."""


def curve(case: Case) -> pl.DataFrame | None:
    weights = case.ask("holdings")
    if weights is None or not (values := weights["value_usd_m"].drop_nulls()).sum():
        return None
    return ait.lorenz(values).with_columns(investor=pl.lit(str(case.given["investor"])))


def vectors(case: Case) -> list[float]:
    """Weights of the positions of one holder; a single one where nothing is valued."""
    frame = case.ask("holdings")
    values = [] if frame is None else frame["value_usd_m"].drop_nulls().to_list()
    return [value / sum(values) for value in values] if sum(values) else [1.0]


def first_row(case: Case) -> Any:
    """The lineage of the first row of a few frames."""
    frames = (case.ask(name) for name in ("funding_flows", "valuation_history", "holdings", "tie_out"))
    return [ait.explain(case.ds, frame.row(0, named=True)) for frame in frames if frame is not None and frame.height]


ALONE = ("hhi", "effective_number", "gini", "lorenz", "top_share", "five_ten_forty")
PAIRS = ("active_share", "overlap", "hhi_bounds")
FOURS = ("active_share_bounds", "overlap_bounds")
OTHERS: dict[str, Callable[[Case], Any]] = {
    "cap_backtest_summary": lambda case: ait.cap_backtest_summary(ait.backtest_cap_tables(case.ds)),
    "backtest_summary": lambda case: ait.backtest_summary(ait.backtest_stakes(case.ds)),
    "cite": lambda case: [ait.cite(case.ds, case.given["origin"], style) for style in ("text", "bibtex", "csl")],
    "diff": lambda case: ait.diff(case.ds, case.ds),
    "explain": first_row,
    "show": lambda case: ait.show(case.ds, charts.funding_flows, ait.funding_flows(case.ds)),
    **{name: lambda case, name=name: getattr(ait, name)(vectors(case)) for name in ALONE},
    **{name: lambda case, name=name: getattr(ait, name)(*[vectors(case)] * 2) for name in PAIRS},
    **{name: lambda case, name=name: getattr(ait, name)(*[vectors(case)] * 4) for name in FOURS},
}
"""Public functions that give no frame of a dataset."""
ELSEWHERE = {"load", "stake_bought", "write_report"}
"""What opens every draw, what takes numbers only, and what runs notebooks, which name start-ups of the whole data."""


def test_every_public_function_is_run_on_the_subsets() -> None:
    functions = {name for name in ait.__all__ if inspect.isfunction(getattr(ait, name))}
    assert functions == {*METRICS, *OTHERS, *ELSEWHERE}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Case]:
    folder = tmp_path_factory.mktemp("subsets")
    return lambda seed: Case(folder / str(seed), seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, DRAWS, WHOLE))
def test_every_function_runs_on_random_subsets(first: int, cases: Callable[[int], Case]) -> None:
    for seed in range(first, first + WHOLE):
        case = cases(seed)
        for number, name in enumerate(METRICS):
            if seed == first or number % SLICES == seed % SLICES:
                for ds in (case.ds, case.lens()) if seed == first else (case.ds,):
                    where = f"ait.{name} on subset {seed} of {case.given} under {ds.lens}"
                    try:
                        frame = case.ask(name, ds)
                    except Exception as error:
                        raise AssertionError(f"{where}: {error!r}") from error
                    assert sound(frame), f"{where}: a number that is none"
        if seed == first:
            for name, run in OTHERS.items():
                try:
                    run(case)
                except Exception as error:
                    raise AssertionError(f"ait.{name} on subset {seed}: {error!r}") from error


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(0, DRAWS, DRAWN))
def test_every_chart_and_explorer_draws_random_subsets(seed: int, cases: Callable[[int], Case]) -> None:
    case = cases(seed)
    for name in CHARTS:
        frame = FRAMES.get(name, lambda case, name=name: case.ask(name))(case)
        words = {"events": case.ds.table("events")} if name == "flows_and_events" else {}
        if frame is not None:
            assert charts.spec(getattr(charts, name)(frame, **words)), f"charts.{name} on subset {seed}"
    for kind in EXPLORERS:
        explorer = kind(case.ds)
        assert explorer._error.value == "", f"{kind.__name__} on subset {seed}: {explorer._error.value}"
