"""Charts of cap tables: the rules of every chart, disclosed apart from estimated and bounded, bands that fill the whole."""

from datetime import date
from itertools import pairwise

import polars as pl
import pytest
import test_charts as shared

from aitracker import charts
from aitracker.ownership.cap_table import EVERYBODY_ELSE

F = pl.Float64
DAY = date(2024, 5, 31)


def table(rows=None):
    given = [
        ("alibaba", "Alibaba", 36.0, 35.5, 36.5, "disclosed", "at most: Alibaba 36 % (2024-03-31)", 900.0),
        (None, "Founders", 20.0, 10.0, 30.0, "estimated", "at least: Round of 2024-02-26 (B): 38 % new shares", 500.0),
        ("tencent", "Tencent", None, 0.0, 12.5, "bounded", "at most: Round of 2024-08-05 (C)", None),
        (None, EVERYBODY_ELSE, 44.0, 20.0, 54.5, "bounded", "", 1100.0),
    ]
    schema = {"investor_id": pl.String, "holder": pl.String, "stake_pct": F, "stake_low_pct": F, "stake_high_pct": F,
              "basis": pl.String, "binds": pl.String, "value_usd_m": F}  # fmt: skip
    frame = pl.DataFrame(given if rows is None else rows, schema=schema, orient="row")
    return frame.with_columns(startup=pl.lit("Moonshot AI"), as_of=pl.lit(DAY), relaxed=pl.lit(value=False))


def path(rows=None):
    given = [
        (date(2023, 6, 30), "angel", None, "Founders", 70.0, 60.0, 75.0, "estimated"),
        (date(2023, 6, 30), "angel", "alibaba", "Alibaba", None, 0.0, 10.0, "bounded"),
        (date(2023, 6, 30), "angel", None, EVERYBODY_ELSE, 30.0, 20.0, 40.0, "bounded"),
        (date(2024, 2, 26), "B", None, "Founders", 40.0, 35.0, 45.0, "estimated"),
        (date(2024, 2, 26), "B", "alibaba", "Alibaba", 36.0, 35.5, 36.5, "disclosed"),
        (date(2024, 2, 26), "B", None, EVERYBODY_ELSE, 24.0, 15.0, 30.0, "bounded"),
    ]
    schema = {"date": pl.Date, "event": pl.String, "investor_id": pl.String, "holder": pl.String, "stake_pct": F,
              "stake_low_pct": F, "stake_high_pct": F, "basis": pl.String}  # fmt: skip
    return pl.DataFrame(given if rows is None else rows, schema=schema, orient="row").with_columns(
        startup=pl.lit("Moonshot AI")
    )


CASES = {
    "cap_table": (charts.cap_table, table, "holder"),
    "cap_path": (charts.cap_path, path, "event"),
}
every_chart = pytest.mark.parametrize(("draw", "make", "column"), CASES.values(), ids=CASES)
rows_of, title = shared.rows_of, shared.title


@every_chart
@shared.every_rule
def test_rules_of_every_chart(draw, make, column, rule):  # noqa: ARG001
    rule(draw, make)


@every_chart
@pytest.mark.parametrize("mode", shared.MODES)
@pytest.mark.parametrize("width", [360, "container"])
def test_specification_is_valid_and_safe_as_json(draw, make, column, mode, width):  # noqa: ARG001
    shared.test_specification_is_valid_and_safe_as_json(draw, make, mode, width)


@every_chart
def test_text_stays_text(draw, make, column):
    bad = "<script>alert('x')</script> \"quoted\" \\ 月之暗面"
    spec = shared.spec_of(draw(make().with_columns(pl.lit(bad).alias(column)), sources=[bad], lens=bad))
    values = [v for row in spec["datasets"]["rows"] for v in row.values() if isinstance(v, str)]
    values += [p["value"] for p in spec["params"] if isinstance(p.get("value"), str)]
    assert sum(bad in v for v in values) >= 3  # the subtitle, the footer, and what the column says


@every_chart
def test_no_name_but_the_frames(draw, make, column):  # noqa: ARG001
    other = make().with_columns(
        pl.col(pl.String).str.replace_all("(?i)alibaba", "Second").str.replace_all("Moonshot AI", "Other")
    )
    text = str(shared.spec_of(draw(other)))
    assert "Alibaba" not in text
    assert "Moonshot" not in text
    assert "Other" in title(draw(other))


def test_disclosed_estimated_and_bounded_are_told_apart():
    rows = {r["holder"]: r for r in rows_of(charts.cap_table(table()))}
    assert title(charts.cap_table(table())) == "Alibaba has 36 % of Moonshot AI; 1 of 3 stakes disclosed"
    assert [rows["Alibaba"]["solid"], rows["Founders"]["solid"]] == [True, False]
    assert (rows["Founders"]["end"], rows["Founders"]["low"], rows["Founders"]["high"]) == (20.0, 10.0, 30.0)
    assert rows["Tencent"]["unknown"]
    assert rows["Tencent"]["words"] == "0 to 12 %"
    assert rows[EVERYBODY_ELSE]["unknown"], "what is left is an interval, never a figure"
    assert rows["Founders"]["binds"].startswith("at least")


def test_a_contradiction_is_told_in_the_footer():
    drawn = charts.cap_table(table().with_columns(relaxed=pl.lit(value=True)))
    assert "contradict" in shared.param(drawn, "footer")
    assert "contradict" not in shared.param(charts.cap_table(table()), "footer")


def test_bands_fill_the_whole_and_the_rest_is_hatched():
    rows = [r for r in rows_of(charts.cap_path(path())) if r["part"] == "area"]
    for day in {r["date"] for r in rows}:
        here = [r for r in rows if r["date"] == day]
        assert here[0]["y0"] == 0
        assert all(a["y1"] == pytest.approx(b["y0"]) for a, b in pairwise(here)), "bands stand on each other"
        assert here[-1]["y1"] == 100
        assert [r["rest"] for r in here] == [False, False, True]
    told = [r["holder"] for r in rows if r["told"]]
    assert told == ["Alibaba"], "a dot only where a figure is disclosed"
    assert title(charts.cap_path(path())) == (
        "Founders has about 40 % of Moonshot AI; the 2 largest holders whose stake one can tell have 76 % together"
    )
    names = {r["holder"] for r in rows_of(charts.cap_path(path())) if r["part"] == "tag"}
    assert names == {"Alibaba", "Founders", "others, unknown"}
