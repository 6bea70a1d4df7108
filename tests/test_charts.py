"""Charts: valid, safe as JSON, one template for any rows, words that follow the frame, colours told apart by all."""

import itertools
import json
import math
import re
from copy import deepcopy
from datetime import date

import polars as pl
import pytest

from aitracker import charts
from aitracker.charts import _spec, theme
from aitracker.view import payload

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHT = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}
MODES = ("light", "dark")


def flows(rows=None, by="investor_type"):
    names = ("amount_usd_m", "amount_low_usd_m", "amount_high_usd_m", "stated_usd_m")
    schema = {
        "period": pl.Date,
        by: pl.String,
        **dict.fromkeys(names, pl.Float64),
        "rounds": pl.Int64,
        "incomplete": pl.Boolean,
    }
    if rows is None:
        rows = [
            (date(2023, 1, 1), "vc", 300.0, 100.0, 450.0, 100.0, 4, False),
            (date(2023, 4, 1), "unknown", 50.0, 50.0, 50.0, 0.0, 1, False),
            (date(2023, 7, 1), "big-tech", 800.0, 800.0, 800.0, 800.0, 1, True),
            (date(2023, 7, 1), "state-fund", None, None, None, None, 2, True),
        ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def cheques(rows=None):
    schema = {
        "investor": pl.String,
        "startup_id": pl.String,
        "startup": pl.String,
        "startup_zh": pl.String,
        "announced": pl.Date,
        "round_id": pl.String,
        "status": pl.String,
        "instrument": pl.String,
        "amount_usd_m": pl.Float64,
    }
    if rows is None:
        rows = [
            ("Alibaba", "moonshot", "Moonshot AI", "月之暗面", date(2024, 2, 1), "m1", "closed", "cash", 400.0),
            ("Alibaba", "moonshot", "Moonshot AI", "月之暗面", date(2024, 2, 1), "m1", "closed", "cloud-credit", 400.0),
            ("Alibaba", "zhipu", "Zhipu AI", "智谱", date(2023, 10, 1), "z1", "closed", "unknown", None),
            ("Alibaba", "zhipu", "Zhipu AI", "智谱", None, "z2", "closed", "unknown", None),
            ("Alibaba", "minimax", "MiniMax", None, date(2024, 3, 1), "x1", "in-talks", "unknown", 600.0),
        ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def facts(rows=None):
    schema = {
        "fact": pl.String,
        "subject": pl.String,
        "value": pl.Float64,
        "unit": pl.String,
        "claims": pl.Int64,
        "origins": pl.Int64,
        "deprecated": pl.Int64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
    if rows is None:
        rows = [
            ("Size of the round", "Moonshot", 1000.0, "USD_m", 7, 3, 1, 800.0, 1000.0),
            ("Stake", "Moonshot", 36.0, "pct", 2, 1, 0, 36.0, 36.0),
            ("Lead", "Moonshot", None, "text", 1, 1, 0, None, None),
        ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def parts(rows=None):
    amounts = [f"amount__{p}" for p in ("curated", "filing_first", "latest", "lowest", "highest", "median")]
    schema = {
        "date": pl.Date,
        "wave": pl.String,
        "investor_type": pl.String,
        "startup": pl.String,
        "country_group": pl.String,
        **dict.fromkeys([*amounts, "low", "high", "stated"], pl.Float64),
        "round_id": pl.String,
    }
    if rows is None:
        rows = [
            (date(2023, 5, 4), "genai", "vc", "Moonshot AI", "China", *[10.0] * 6, 5.0, 20.0, None, "a"),
            (date(2024, 5, 4), "vision", None, "Megvii", "unknown", *[None] * 6, None, None, None, "b"),
            (None, "vision", "pe", "Megvii", "foreign", *[1.0] * 6, 1.0, 1.0, 1.0, "c"),
        ]
    return pl.DataFrame(rows, schema=schema, orient="row")


CASES = {
    "funding_flows": (charts.funding_flows, flows),
    "funding_flows_static": (charts.funding_flows_static, parts),
    "portfolio": (charts.portfolio, cheques),
    "corroboration": (charts.corroboration, facts),
}
every_chart = pytest.mark.parametrize(("draw", "make"), CASES.values(), ids=CASES)


def rows_of(chart):
    return charts.payload(chart)["data"]["rows"]


def title(chart):
    return param(chart, "title")


def spec_of(chart):
    return json.loads(json.dumps(chart.to_dict(), allow_nan=False))


def template_of(spec):
    """The specification without what a live view patches."""
    out = {k: v for k, v in deepcopy(spec).items() if k not in {"datasets", "description"}}
    out["params"] = [{k: v for k, v in p.items() if k != "value"} for p in out["params"]]
    return out


def param(chart, name):
    return charts.payload(chart)["params"][name]


@every_chart
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", [360, 720, "container"])
def test_specification_is_valid_and_safe_as_json(draw, make, mode, width):
    spec = spec_of(draw(make(), mode=mode, width=width, sources=["Reuters"], version="v1", lens="as of May 2024"))
    assert spec["width"] == width
    assert spec["config"]["background"] == "transparent"
    assert list(spec["datasets"]) == ["rows"]
    assert "as of May 2024" in spec["description"]
    assert not any("url" in layer.get("data", {}) for layer in spec["layer"])


@every_chart
def test_template_is_the_same_for_any_rows(draw, make):
    full, less, none = (spec_of(draw(f)) for f in (make(), make().head(1), make().clear()))
    assert template_of(full) == template_of(less) == template_of(none)
    assert full["datasets"] != none["datasets"]
    assert [p["name"] for p in full["params"]] == [p["name"] for p in none["params"]]


@every_chart
def test_payload_is_what_the_specification_holds(draw, make):
    chart = draw(make())
    spec, load = spec_of(chart), charts.payload(chart)
    assert load["data"] == spec["datasets"]
    assert load["params"] == {p["name"]: p["value"] for p in spec["params"] if "value" in p}
    assert load["description"] == spec["description"]


@every_chart
def test_quick_specification_equals_altairs(draw, make):
    chart = draw(make())
    assert json.loads(json.dumps(charts.spec(chart), allow_nan=False)) == spec_of(chart)
    changed = chart.properties(height=77)
    assert charts.spec(changed)["height"] == 77
    assert draw(make()).to_dict() == chart.to_dict()


@every_chart
def test_empty_frame_says_so(draw, make):
    chart = draw(make().clear())
    assert param(chart, "message") == theme.EMPTY
    assert charts.payload(chart)["data"] == {"rows": []}
    assert param(draw(make()), "message") == ""


@every_chart
def test_text_stays_text(draw, make):
    bad = "<script>alert('x')</script> \"quoted\" \\ 月之暗面"
    frame = make()
    column = next(c for c in ("startup", "fact", "investor_type") if c in frame.columns)
    spec = spec_of(draw(frame.with_columns(pl.lit(bad).alias(column)), sources=[bad], lens=bad))
    assert bad in json.dumps(spec["datasets"], ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\") or any(
        bad in json.dumps(p, ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\") for p in spec["params"]
    )
    assert template_of(spec) == template_of(spec_of(draw(frame)))


@every_chart
def test_rendering_draws_words_and_no_rows_too(draw, make):
    vlc = pytest.importorskip("vl_convert")
    for frame in (make(), make().clear()):
        svg = vlc.vegalite_to_svg(spec_of(draw(frame, width=360, sources=["Reuters"])), vl_version="6.4")
        assert svg.startswith("<svg")
        assert "NaN" not in svg
        assert "undefined" not in svg
        assert (theme.EMPTY in svg) == frame.is_empty()


@every_chart
def test_wrong_arguments_name_what_is_allowed(draw, make):
    with pytest.raises(ValueError, match="light"):
        draw(make(), mode="blue")
    with pytest.raises(ValueError, match="missing: "):
        draw(pl.DataFrame({"x": [1]}))


def test_too_many_rows_are_refused():
    rows = [(date(2020, 1, 1), f"g{i % 8}", 1.0, 1.0, 1.0, 1.0, 1, False) for i in range(10)]
    assert len(param(charts.funding_flows(flows(rows)), "x_ticks")) == 1
    with pytest.raises(ValueError, match="5,000 rows"):
        _spec.records({"i": i} for i in range(5001))


def test_nothing_but_finite_numbers_reaches_the_chart():
    rows = [(date(2023, 1, 1), "vc", math.nan, math.inf, -math.inf, math.nan, 1, False)]
    (row,) = charts.payload(charts.funding_flows(flows(rows)))["data"]["rows"]
    assert row["amount"] is None
    assert row["amount_words"] == "unknown"
    assert row["start"] == "2023-01-01T00:00:00Z"


def test_funding_title_is_the_finding():
    assert (
        param(charts.funding_flows(flows()), "title")
        == "Big tech put in the most: about US$800m of US$1.15bn (70 %), by our split"
    )
    one = flows().head(1)
    assert param(charts.funding_flows(one), "title") == "Venture capital put in all of the US$300m, by our split"
    unknown = flows().filter(pl.col("investor_type") == "unknown")
    assert param(charts.funding_flows(unknown), "title").startswith(
        "For US$50m of US$50m raised (100 %) the investor type is unknown"
    )
    other = flows().rename({"investor_type": "startup"})
    title = "took in the most: US$800m of US$1.15bn (70 %)"
    assert param(charts.funding_flows(other), "title").endswith(title)  # a start-up's money is not split


def test_funding_keeps_the_unknown_and_the_small():
    rows = [(date(2020 + i % 6, 1, 1), f"Firm {i:02d}", 100.0 - i, 1.0, 200.0, 1.0, 1, False) for i in range(40)]
    rows.append((date(2024, 1, 1), None, 5.0, 5.0, 5.0, 5.0, 1, False))
    chart = charts.funding_flows(flows(rows, by="startup"))
    drawn = charts.payload(chart)["data"]["rows"]
    assert {r["label"] for r in drawn} >= {"31 others", "Unknown", "Firm 00"}
    assert sum(r["amount"] for r in drawn) == pytest.approx(sum(r[2] for r in rows))
    assert len({r["colour"] for r in drawn}) == len({r["key"] for r in drawn}) == 11


def test_funding_total_interval_is_the_periods_own_where_given():
    frame = flows().with_columns(total_low_usd_m=pl.lit(700.0), total_high_usd_m=pl.lit(900.0))
    for row in charts.payload(charts.funding_flows(frame))["data"]["rows"]:
        assert (row["total_low"], row["total_high"]) == (700.0, 900.0)
        assert row["total_words"] == "US$700m to US$900m"
    assert {r["total_high"] for r in charts.payload(charts.funding_flows(flows()))["data"]["rows"]} == {None}


def test_portfolio_counts_rounds_not_parts():
    chart = charts.portfolio(cheques())
    assert param(chart, "title") == "Alibaba joined 3 rounds of 2 start-ups; the size of its cheque is public for 1"
    rows = {r["round_id"]: r for r in charts.payload(chart)["data"]["rows"]}
    assert rows["m1"]["amount"] == 800.0
    assert rows["m1"]["instrument"] == "cash + cloud credit"
    assert rows["z1"]["kind"] == "amount unknown"
    assert rows["x1"]["kind"] == "in talks"
    assert "1 round without a date not drawn" in param(chart, "footer")
    assert param(chart, "accent") == "orange"
    assert [r["startup"] for r in sorted(rows.values(), key=lambda r: r["row"])] == [
        "Zhipu AI",
        "Moonshot AI",
        "MiniMax",
    ]


def test_corroboration_title_counts_origins_only_when_told():
    assert (
        param(charts.corroboration(facts()), "title")
        == "10 claims on 3 facts about Moonshot: 2 of 3 facts rest on a single origin"
    )
    told = charts.corroboration(facts(), subject="Moonshot's money", origins=4)
    assert param(told, "title") == "10 claims on Moonshot's money go back to 4 origins; 2 of 3 facts rest on one"
    assert charts.payload(told)["data"]["rows"][0]["label"] == "Size of the round: US$1bn"


def test_controls_describe_parameters_that_the_static_twin_has():
    described = charts.controls(parts())
    chart = charts.funding_flows_static(parts())
    for control in described:
        assert param(chart, control["param"]) == control["value"]
        if control["kind"] == "select":
            assert control["value"] in {o["value"] for o in control["options"]}
        else:
            assert control["min"] <= control["value"] <= control["max"]
    assert [c["param"] for c in charts.controls()] == ["every", "by", "wave", "policy"]
    assert [c["param"] for c in described] == ["every", "by", "wave", "policy", "as_of"]
    spec = spec_of(chart)
    assert not any("bind" in p for p in spec["params"])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({}, "Money raised per year by investor type, up to May 2024"),
        ({"every": "quarter", "by": "startup", "wave": "vision"}, "per quarter by start-up, wave: Computer vision"),
        ({"policy": "filing-first"}, "policy filing-first"),
        ({"as_of": 0}, theme.EMPTY),
        ({"by": "country_group"}, "the most: about"),
    ],
)
def test_static_twin_follows_its_controls(setting, words):
    vlc = pytest.importorskip("vl_convert")
    spec = spec_of(charts.funding_flows_static(parts(), width=900))
    for p in spec["params"]:
        p["value"] = setting.get(p["name"], p.get("value"))
        if p["value"] is None:
            del p["value"]
    text = re.sub(r"<[^>]+>", " ", vlc.vegalite_to_svg(spec, vl_version="6.4"))
    assert words in re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (2500, "US$2.5bn"),
        (40, "US$40m"),
        (0, "US$0"),
        (0.25, "US$250k"),
        (999.9, "US$1bn"),
        (1_234_000, "US$1.23tn"),
        (None, "unknown"),
        (math.nan, "unknown"),
        (-40, "−US$40m"),
        (12_345, "US$12.3bn"),
        (36.5, "US$36.5m"),
    ],
)
def test_money_words(amount, words):
    assert theme.money(amount) == words


def test_words():
    assert theme.share(36) == "36 %"
    assert theme.share(3.72) == "3.7 %"
    assert theme.share(0.01) == "under 0.1 %"
    assert theme.date_words(date(2024, 2, 1), "month") == "Feb 2024"
    assert theme.date_words(date(2024, 2, 17), "day") == "17 Feb 2024"
    assert theme.date_words(date(2024, 4, 1), "quarter") == "Q2 2024"
    assert theme.date_words(None) == "date unknown"
    assert theme.sources_words(["a", "b", "a", "c", "d", "e"]) == "a, b, c and 2 more"
    assert set(theme.LABELS["en"]) == set(theme.LABELS["zh"])
    assert theme.label("vc", "zh") == "风险投资"


def linear(colour):
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one, other):
    a, b = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other)))
    return (b + 0.05) / (a + 0.05)


def seen(colour, sight):
    """OKLab coordinates of a colour as an eye with that sight sees it."""
    rgb = linear(colour)
    r, g, b = (min(max(sum(m * c for m, c in zip(row, rgb, strict=True)), 0.0), 1.0) for row in SIGHT[sight])
    cone = [
        (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3),
        (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3),
        (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3),
    ]
    matrix = (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
    return [sum(m * c for m, c in zip(row, cone, strict=True)) for row in matrix]


def palettes(mode):
    yield "investor types", theme.TYPE_COLOURS[mode]
    yield "entities", {**theme.SLOTS[mode], "others": theme.OTHERS[mode], "unknown": theme.UNKNOWN[mode]}


@pytest.mark.parametrize("mode", MODES)
def test_colours_stand_out_from_the_background(mode):
    for name, palette in palettes(mode):
        for entity, colour in palette.items():
            assert contrast(colour, theme.BACKGROUND[mode]) >= 3, (name, entity)
    for text in (theme.INK, theme.MUTED):
        assert contrast(text[mode], theme.BACKGROUND[mode]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sight", SIGHT)
def test_colours_that_meet_in_one_chart_can_be_told_apart(mode, sight):
    for name, palette in palettes(mode):
        apart = {
            (a, b): math.dist(seen(palette[a], sight), seen(palette[b], sight))
            for a, b in itertools.combinations(palette, 2)
        }
        pair = min(apart, key=apart.get)
        assert apart[pair] >= 0.06, (name, pair, apart[pair])


def test_every_group_in_one_chart_has_a_colour_of_its_own():
    names = ["Alibaba", "Tencent", "Meituan", "HongShan", "Microsoft", "Some fund", "Another", "unknown", "One more"]
    colours = theme.group_colours(names)
    assert len(set(colours.values())) == len(names)
    assert (colours["Alibaba"], colours["Tencent"], colours["Meituan"]) == ("orange", "blue", "amber")
    assert colours["unknown"] == "unknown"
    assert theme.entity_colour("alibaba-cloud") == "orange"
    for mode in MODES:
        assert set(colours.values()) <= set(theme.palette(mode))


@every_chart
def test_rows_and_parameters_are_the_same_on_both_backgrounds(draw, make):
    assert charts.payload(draw(make(), mode="light")) == charts.payload(draw(make(), mode="dark"))
    light, dark = (spec_of(draw(make(), mode=mode)) for mode in MODES)
    assert light["layer"] != dark["layer"]
    exchanged = re.sub(r"#[0-9a-f]{6}\b", lambda found: theme.dark_colours().get(found[0], found[0]), json.dumps(light))
    assert json.loads(exchanged) == dark, "a report makes the dark form of a chart by exchanging colours"


def test_no_light_colour_stands_for_two_dark_ones():
    exchanged = theme.dark_colours()
    for light, dark in ((theme.palette(mode) for mode in MODES),):
        assert {name: exchanged[colour] for name, colour in light.items()} == dark


@every_chart
def test_a_ready_template_gives_what_taking_the_chart_apart_gives(draw, make):
    chart = draw(make())
    quick, whole = charts.payload(chart), payload(charts.spec(chart))
    assert (quick["data"], quick["params"], quick["description"]) == (
        whole["datasets"],
        whole["params"],
        whole["description"],
    )
    assert charts.same_template(chart, draw(make()))
    assert not charts.same_template(chart, draw(make(), mode="dark"))


RULES = (
    test_template_is_the_same_for_any_rows,
    test_payload_is_what_the_specification_holds,
    test_quick_specification_equals_altairs,
    test_empty_frame_says_so,
    test_rendering_draws_words_and_no_rows_too,
    test_wrong_arguments_name_what_is_allowed,
    test_rows_and_parameters_are_the_same_on_both_backgrounds,
    test_a_ready_template_gives_what_taking_the_chart_apart_gives,
)
"""Rules that every chart of the package keeps; the other files of charts hold theirs to them too."""
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__.removeprefix("test_"))


@pytest.mark.parametrize(
    ("keyword", "value", "said"),
    [
        ("width", "wide", "width must be a number of pixels above 0, or 'container', not 'wide'"),
        ("width", -1, "width must be"),
        ("width", True, "width must be"),
        ("sources", "ft", "sources must be a list of names, not 'ft'"),
        ("sources", [5], "sources must be"),
        ("version", 5, "version must be a text, or None, not 5"),
        ("lens", 5, "lens must be a text"),
        ("price", "x", "price must be a number from 0 to 100"),
        ("price", float("nan"), "price must be"),
        ("quarters", -5, "quarters must be a whole number of quarters above 0"),
        ("quarters", 1.5, "quarters must be"),
        ("most", -1, "most must be a whole number above 0"),
        ("most", "x", "most must be"),
    ],
)
def test_a_keyword_that_would_draw_nonsense_is_refused(keyword, value, said):
    import flow_frames as frames

    draw, make = {
        "price": (charts.credit_value, frames.prices),
        "quarters": (charts.draw_down, frames.drawn),
        "most": (charts.sankey, frames.pairs),
    }.get(keyword, (charts.funding_flows, flows))
    with pytest.raises(ValueError, match=re.escape(said)):
        draw(make(), **{keyword: value})
