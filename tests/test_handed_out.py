"""What a caller gets is his: changed in place it never shows in a second call, and a change by assignment is never lost."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable
from typing import Any

import altair as alt
import polars as pl
import pytest

import aitracker as ait
from aitracker import charts, explore
from aitracker.asked import one_of
from aitracker.charts._drawn import Drawn, shared_spec
from aitracker.facts import traced
from aitracker.view.figure import Drawing
from aitracker.view.table import Table, cited, table_data

Chart = alt.LayerChart


@pytest.fixture(scope="module")
def flows(frozen: ait.Dataset) -> pl.DataFrame:
    return ait.funding_flows(frozen)


def looks(frame: pl.DataFrame) -> str:
    """All that a fresh chart of the frame says, by every way that leads to it."""
    made = charts.funding_flows(frame)
    ways = [made.to_dict(), charts.spec(charts.funding_flows(frame)), charts.payload(charts.funding_flows(frame))]
    return json.dumps(ways, sort_keys=True)


def through_deepcopy(chart: Chart) -> None:
    copy.deepcopy(chart).layer[0].mark.opacity = 0.01


def through_copy(chart: Chart) -> None:
    chart.copy(deep=False).layer[0].mark.opacity = 0.01


def through_properties(chart: Chart) -> None:
    chart.properties(title="mine").config["background"] = "red"


IN_PLACE: dict[str, Callable[[Any], Any]] = {
    "mark of a layer": lambda c: setattr(c.layer[0].mark, "opacity", 0.01),
    "encoding of a layer": lambda c: setattr(c.layer[0].encoding, "tooltip", alt.Undefined),
    "layer by key": lambda c: c["layer"].pop(),
    "layers": lambda c: c.layer.clear(),
    "config": lambda c: c.config.update(background="red"),
    "config of the axes": lambda c: c.config["axis"].update(labelFontSize=99),
    "title": lambda c: setattr(c.title, "fontSize", 99),
    "parameters": lambda c: c.params.clear(),
    "a parameter": lambda c: setattr(c.params[0], "name", "mine"),
    "rows": lambda c: c.datasets["rows"].clear(),
    "a row": lambda c: c.datasets["rows"][0].clear(),
    "autosize": lambda c: setattr(c.autosize, "type", "none"),
    "a deep copy": through_deepcopy,
    "a shallow copy": through_copy,
    "properties": through_properties,
    "added layer": lambda c: c.__iadd__(alt.Chart().mark_bar()),
    "specification": lambda c: charts.spec(c)["layer"].clear(),
    "specification, config": lambda c: charts.spec(c)["config"].update(font="mine"),
    "specification, rows": lambda c: charts.spec(c)["datasets"]["rows"].clear(),
    "specification, a row": lambda c: charts.spec(c)["datasets"]["rows"][0].clear(),
    "specification, parameters": lambda c: charts.spec(c)["params"][0].clear(),
    "payload": lambda c: charts.payload(c)["data"]["rows"][0].clear(),
    "payload, parameters": lambda c: charts.payload(c)["params"].clear(),
    "dictionary": lambda c: c.to_dict()["layer"][0].clear(),
}


@pytest.mark.parametrize("change", IN_PLACE.values(), ids=IN_PLACE)
def test_a_change_in_place_reaches_no_other_chart(flows: pl.DataFrame, change: Callable[[Chart], Any]) -> None:
    before = looks(flows)
    change(charts.funding_flows(flows))
    assert looks(flows) == before


ASSIGNED: dict[str, Callable[[Any], Any]] = {
    "attribute": lambda c: setattr(c, "title", "mine"),
    "key": lambda c: c.__setitem__("title", "mine"),
    "properties": lambda c: c.properties(title="mine"),
    "in place": lambda c: setattr(c.title, "text", "mine"),
    "after a copy": lambda c: c.copy().properties(title="mine"),
    "description": lambda c: setattr(c, "description", "mine"),
    "width": lambda c: c.properties(width=77, name="mine"),
    "parameter": lambda c: setattr(c.params[-1], "value", "mine"),
    "row": lambda c: c.datasets["rows"].append({"mine": "mine"}),
}


@pytest.mark.parametrize("change", ASSIGNED.values(), ids=ASSIGNED)
def test_an_assignment_is_never_lost(
    flows: pl.DataFrame, change: Callable[[Chart], Chart | None], tmp_path: Any
) -> None:
    chart = charts.funding_flows(flows)
    assert '"mine"' not in json.dumps(chart.to_dict())
    chart = charts.funding_flows(flows)
    chart = change(chart) or chart
    chart.save(tmp_path / "chart.json")
    told = [chart.to_dict(), charts.spec(chart), json.loads((tmp_path / "chart.json").read_text())]
    told += [ait.view.payload(chart), ait.view.ChartView(chart).payload()]
    for number, spec in enumerate(told):
        assert '"mine"' in json.dumps(spec), f"lost on way {number}"


def test_a_chart_that_was_changed_shares_its_template_no_more(flows: pl.DataFrame) -> None:
    one, other = charts.funding_flows(flows), charts.funding_flows(flows)
    assert charts.same_template(one, other)
    one.title = "mine"
    assert not charts.same_template(one, other)


def test_our_own_drawing_copies_nothing(flows: pl.DataFrame) -> None:
    one, other = (shared_spec(charts.funding_flows(flows)) for _ in range(2))
    assert one["layer"] is other["layer"], "the internal path shares what the templates hold"
    chart = charts.funding_flows(flows)
    assert isinstance(chart, Drawn)
    shared_spec(chart)
    assert "own" not in vars(chart)


EXPLORERS = [getattr(explore, name) for name in explore.__all__ if name != "Explorer"]


@pytest.mark.parametrize("kind", EXPLORERS, ids=lambda kind: kind.__name__)
def test_what_an_explorer_hands_out_is_the_callers(kind: Any, frozen: ait.Dataset) -> None:
    explorer = kind(frozen)
    rows, drawn = explorer.data.rows(), json.dumps(charts.spec(explorer.chart), sort_keys=True)
    frame = explorer.data
    frame.insert_column(0, pl.Series("new", [1] * frame.height))
    explorer.data.drop_in_place(frame.columns[1])
    explorer.data.clear()
    explorer.chart.layer[0].mark.opacity = 0.01
    explorer.chart.title = "mine"
    explorer._figure.chart.datasets["rows"].clear()
    explorer.settings.clear()
    assert explorer.data.rows() == rows
    assert json.dumps(charts.spec(explorer.chart), sort_keys=True) == drawn
    again = kind(frozen)
    assert again.data.rows() == rows
    assert json.dumps(charts.spec(again.chart), sort_keys=True) == drawn
    assert json.dumps(explorer._figure.payload()["chart"]["datasets"]) != json.dumps({"rows": []})


def test_a_figure_keeps_the_frame_as_it_was_given(flows: pl.DataFrame, frozen: ait.Dataset) -> None:
    mine = flows.clone()
    figure, table = ait.show(frozen, charts.funding_flows, mine), ait.Table(mine, "mine")
    shown = table._repr_mimebundle_()
    mine.drop_in_place("period")
    figure.view.mode = "dark"
    try:
        assert figure.chart.to_dict()["datasets"] == charts.funding_flows(flows, mode="dark").to_dict()["datasets"]
        assert table._repr_mimebundle_() == shown
    finally:
        figure.view.mode = "light"


def asked(name: str, ds: ait.Dataset) -> pl.DataFrame:
    """The frame of a metric, with the arguments that it must have."""
    needed = {"startup": "moonshot", "investor": "alibaba", "kind": "round", "id": "moonshot-2024-02"}
    needed["origin"] = "ft-20240513-alibaba-cloud"
    metric = getattr(ait, name)
    own = [
        p
        for p in inspect.signature(metric).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    frame: pl.DataFrame = metric(ds, **{p.name: needed[p.name] for p in own[1:]})
    return frame


METRICS = sorted(
    name
    for name in ait.__all__
    if inspect.isfunction(metric := getattr(ait, name))
    and next(iter(inspect.signature(metric).parameters), None) == "ds"
    and inspect.signature(metric).return_annotation == "pl.DataFrame"
)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_gives_frames_of_ones_own(name: str, frozen: ait.Dataset) -> None:
    before, frame = asked(name, frozen).rows(), asked(name, frozen)
    frame[0, frame.width - 1] = None
    frame.insert_column(0, pl.Series("new", [1] * frame.height))
    for column in frame.columns[1:3]:
        frame.drop_in_place(column)
    frame.columns = [f"{column}_" for column in frame.columns]
    frame.extend(frame)
    assert asked(name, frozen).rows() == before


def test_lineage_is_the_callers(small: ait.Dataset) -> None:
    before = ait.claims(small, "round", "moon-2024-02").rows()
    frame = ait.claims(small, "round", "moon-2024-02")
    frame.drop_in_place(frame.columns[0])
    ait.explain(small, kind="round", id="moon-2024-02", field="amount")
    assert ait.claims(small, "round", "moon-2024-02").rows() == before


# What a figure says of its frame ---------------------------------------------------------------------------------------


def seen_rows(ds: ait.Dataset) -> pl.DataFrame:
    """Flows of the small dataset that carry facts, as every metric's rows do."""
    frame = ait.funding_flows(ds).drop("facts", "seen", strict=False)
    return traced(ds, frame, [["round|moon-2024-02|amount"]] * frame.height)


@pytest.mark.parametrize("lens", [{}, {"policy": "lowest"}, {"known_by": "2024-05-12"}], ids=str)
def test_a_chart_alone_says_what_show_says(small: ait.Dataset, lens: dict[str, Any]) -> None:
    ds = small.at(**lens)
    frame = seen_rows(ds)
    alone = charts.payload(charts.funding_flows(frame))["params"]
    shown = charts.payload(ait.show(small, charts.funding_flows, frame).chart)["params"]
    assert alone == shown, "show takes lens, version and sources from the frame, whatever dataset it is given"
    assert ds.version in alone["footer"]
    source = ds.rounds.filter(pl.col("round_id") == "moon-2024-02")["source_id"].item()
    publisher = ds.sql("SELECT publisher FROM data.sources WHERE source_id = ?", [source]).item()
    assert f"Sources: {publisher}" in alone["footer"]
    assert (ds.lens.words or "·") in alone["subtitle"] + "·"


@pytest.mark.parametrize("name", [name for name in METRICS if name in charts.__all__])
def test_each_chart_of_a_metric_says_what_show_says(name: str, frozen: ait.Dataset) -> None:
    ds = frozen.at(policy="lowest")
    frame = asked({"coverage": "through_time", "instrument_mix": "instrument_summary"}.get(name, name), ds)
    if name == "coverage":  # it draws one investor
        frame = frame.filter(pl.col("investor") == frame["investor"][0])
    if "seen" not in frame.columns:
        frame = traced(ds, frame, [["round|moonshot-2024-02|amount"]] * frame.height)
    draw = getattr(charts, name)
    alone = charts.payload(draw(frame))["params"]
    figure = ait.show(frozen, draw, frame)
    assert charts.payload(figure.chart)["params"] == alone
    assert ds.version in alone["footer"]
    assert alone["footer"].startswith("Sources: ")
    assert "lowest claims" in alone["subtitle"]
    assert figure.payload()["citations"]
    assert figure.payload()["lens"] == "lowest claims"


def test_citations_are_those_of_the_rows(small: ait.Dataset) -> None:
    frame = seen_rows(small)
    (source,) = set(cited(frame))
    figure = ait.show(small, charts.funding_flows, frame)
    assert figure.payload()["citations"] == [ait.cite(small, source)] == ait.Table(frame, "x", small).citations
    assert "Sources (1)" in figure._below.value
    named = ait.show(small, charts.funding_flows, frame, ["paper-may", None, "paper-may"])
    assert named.payload()["citations"] == [ait.cite(small, "paper-may")], "what is named goes before what is carried"
    old = frame.drop("seen").with_columns(source_id=pl.lit("paper-may"))
    assert Drawing(small, charts.funding_flows, old).citations == [ait.cite(small, "paper-may")]


def test_without_a_known_source_there_is_no_fold_of_sources(small: ait.Dataset) -> None:
    frame = seen_rows(small).drop("facts", "seen")
    figure = ait.show(small, charts.funding_flows, frame)
    assert frame.height
    assert "Sources" not in figure._below.value
    assert "Sources" not in charts.payload(figure.chart)["params"]["footer"]
    assert figure.payload()["citations"] == []


def test_tables_leave_out_what_is_for_the_machine(small: ait.Dataset) -> None:
    frame = seen_rows(small)
    own = [name for name in frame.columns if name not in {"facts", "seen"}]
    assert [c["name"] for c in table_data(frame)["columns"]] == own
    figure = ait.show(small, charts.funding_flows, frame)
    assert [c["name"] for c in figure.payload()["table"]["columns"]] == own
    for text in (figure._below.value, Table(frame, "x")._repr_mimebundle_()["text/html"]):
        assert "round|moon" not in text


# Words that are refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("FundingFlows", {"wiew": "sankey"}, "setting must be one of 'view'.*did you mean 'view'"),
        ("FundingFlows", {"view": "sanky"}, "view must be one of 'columns'.*did you mean 'sankey'"),
        ("FundingFlows", {"view": "from whom to whom"}, "did you mean 'sankey'"),
        ("FundingFlows", {"view": None}, "view must be one of"),
        ("FundingFlows", {"view": ["sankey"]}, "view must be one of"),
        ("FundingFlows", {"talks": "yes"}, "talks must be True or False, not 'yes'"),
        ("FundingFlows", {"quarters": 3}, "quarters must be a pair from"),
        ("FundingFlows", {"investor": None}, "investor must be a text"),
        ("FundingFlows", {"investor": "Alibabba"}, "Alibabba.*did you mean"),
        ("ComputeForEquity", {"quarters": 1.5}, "quarters must be a whole number from 1 to 16, not 1.5"),
        ("ComputeForEquity", {"quarters": 99}, "quarters must be a whole number from 1 to 16, not 99"),
        ("ComputeForEquity", {"quarters": True}, "quarters must be a whole number"),
        ("ComputeForEquity", {"price": -5}, "price must be a whole number from 0 to 100 in steps of 10, not -5"),
        ("ComputeForEquity", {"investor": "moonshoot"}, "investor must be one of"),
        ("ValuationGrowth", {"startups": "moonshoot"}, "did you mean 'moonshot'"),
        ("ValuationGrowth", {"startups": "Moonshot"}, "did you mean 'moonshot'"),
        ("ValuationGrowth", {"haircut": 5.0}, "haircut must be one of"),
        ("ChinaAIETF", {"startup": "moonshoot"}, "did you mean 'moonshot'"),
        ("ChinaAIETF", {"leave_out": ["moonshot"]}, "leave_out must be one of"),
    ],
)
def test_settings_are_refused_with_what_is_allowed(
    frozen: ait.Dataset, kind: str, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"(?s){message}"):
        getattr(explore, kind)(frozen, **settings)


NAMES = {
    "hongshan": "HongShan (formerly Sequoia China)",
    "sequoia-us": "Sequoia Capital (US)",
    "ant": "Ant Group",
    "zhipu": "Zhipu AI",
}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("Sequoia China", "hongshan"),
        ("Sequoia Capital", "sequoia-us"),
        ("sequoia-uk", "sequoia-us"),
        ("Ant group", "ant"),
        ("zipu", "zhipu"),
        ("Zhippu AI", "zhipu"),
    ],
)
def test_the_nearest_is_found_by_key_and_by_name(value: str, meant: str) -> None:
    assert one_of("investor", meant, NAMES) == meant
    with pytest.raises(ValueError, match=f"investor must be one of 'hongshan', .*did you mean '{meant}'"):
        one_of("investor", value, NAMES)
    with pytest.raises(ValueError, match=r"not \['ant'\]"):
        one_of("investor", ["ant"], NAMES)


@pytest.mark.parametrize("ds", [None, "data", 3])
def test_an_explorer_needs_a_dataset(ds: Any) -> None:
    with pytest.raises(ValueError, match=r"begins with a dataset, as ait\.load"):
        explore.FundingFlows(ds)


def bad_calls(ds: ait.Dataset, frame: pl.DataFrame) -> dict[str, tuple[Callable[[], object], str]]:
    """Calls that go wrong by a slip, each with what it is answered with."""
    draw: Any = charts.funding_flows
    anything: Any = ait
    return {
        "show without a dataset": (lambda: anything.show(None, draw, frame), "takes the dataset first"),
        "show without a frame": (lambda: anything.show(ds, draw, None), "a frame is asked for.*not NoneType"),
        "show without a chart": (lambda: anything.show(ds, None, frame), "draw must be a chart function"),
        "show, unknown source": (lambda: ait.show(ds, draw, frame, ["paper-mai"]), "did you mean 'paper-may'"),
        "show, unknown source alone": (lambda: ait.show(ds, draw, frame, "paper-mai"), "did you mean 'paper-may'"),
        "show, unknown keyword": (lambda: ait.show(ds, draw, frame, evry="1y"), "did you mean 'every'"),
        "chart, unknown keyword": (lambda: draw(frame, evry="1y"), "keyword of charts.funding_flows must be.*'every'"),
        "chart of nothing": (lambda: draw(None), "a frame is asked for.*not NoneType"),
        "chart of a text": (lambda: draw("rounds"), "a frame is asked for.*not str"),
        "chart, mode": (lambda: draw(frame, mode="blue"), "mode is 'light' or 'dark', not 'blue'"),
        "table of nothing": (lambda: anything.Table(None, "x"), "a frame is asked for.*not NoneType"),
        "table, unknown source": (lambda: ait.Table(frame, "x", ds, "paper-mai"), "did you mean 'paper-may'"),
        "at, a list": (lambda: ds.at(as_of=["2024-05-31"]), "as_of must be a date such as"),
        "at, a number": (lambda: ds.at(known_by=2024), "known_by must be a date such as"),
        "at, no policy": (lambda: ds.at(policy=None), "policy must be one of"),
        "at, policies": (lambda: ds.at(policy=["lowest"]), "policy must be one of"),
        "table by list": (lambda: anything.Dataset.table(ds, ["rounds"]), "table must be one of"),
        "table of None": (lambda: anything.Dataset.table(ds, None), "table must be one of"),
        "describe": (lambda: ds.describe("round"), "did you mean 'rounds'"),
        "load a number": (lambda: anything.load(3), "path must name a folder .* not 3"),
        "load an empty text": (lambda: ait.load(""), "path must name a folder .* not ''"),
        "load a list": (lambda: anything.load(["data"]), "path must name a folder"),
        "params, a text": (lambda: ds.sql("SELECT ?", "moon"), "params must be a list"),
        "params, a number": (lambda: anything.Dataset.lookup(ds, "SELECT ?", 3), "params must be a list"),
        "cite": (lambda: ait.cite(ds, "paper-mai"), "did you mean 'paper-may'"),
    }


@pytest.mark.parametrize("name", bad_calls(None, None))  # type: ignore[arg-type]
def test_a_slip_is_answered_with_a_sentence(name: str, small: ait.Dataset) -> None:
    call, message = bad_calls(small, seen_rows(small))[name]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        call()


@pytest.mark.parametrize("kind", ["lazy", "records"])
def test_frames_come_in_other_forms_too(small: ait.Dataset, kind: str) -> None:
    frame = seen_rows(small)
    other: Any = frame.lazy() if kind == "lazy" else frame.to_dicts()
    assert charts.payload(charts.funding_flows(other)) == charts.payload(charts.funding_flows(frame))
    assert (
        ait.show(small, charts.funding_flows, other).payload() == ait.show(small, charts.funding_flows, frame).payload()
    )
    assert ait.Table(other, "x")._repr_mimebundle_() == ait.Table(frame, "x")._repr_mimebundle_()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("kind", EXPLORERS, ids=lambda kind: kind.__name__)
def test_an_explorer_opens_at_either_end_of_the_calendar(kind: Any, day: str, small: ait.Dataset) -> None:
    for name in ("as_of", "known_by"):
        seen = small.at(**{name: day})
        assert seen.lens.words
        explorer = kind(seen)
        assert "Overflow" not in explorer._error.value
        assert "Attribute" not in explorer._error.value


def test_the_code_of_an_explorer_opens_the_data_that_it_shows(frozen: ait.Dataset) -> None:
    explorer = explore.ValuationGrowth(frozen.at(policy="lowest"))
    assert f"ds = {frozen.at(policy='lowest').code}\n" in explorer.code
    space: dict[str, Any] = {}
    *before, last = explorer.code.splitlines()
    exec("\n".join(before) + f"\nframe = {last}", space)  # noqa: S102 - our own code
    assert space["frame"].equals(explorer.data)
