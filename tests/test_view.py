"""Charts taken apart: equal templates, JSON-safe rows, the widget's state, text that is safe in a page."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import pytest

from aitracker.view import ChartView, Template, page_json, page_scripts, payload, runtime
from aitracker.view.rows import plain, to_rows


def frame(k: int) -> pl.DataFrame:
    return pl.DataFrame({"day": [date(2024, 1, 1), date(2024, 2, 1)], "kind": ["a", "b"], "usd_m": [1.0 * k, 2.0 * k]})


def chart(k: int) -> alt.Chart:
    return (
        alt.Chart(frame(k), title=f"k is {k}", description=f"about {k}")
        .mark_bar()
        .encode(x="day:T", y="usd_m:Q", color="kind:N")
        .add_params(alt.param(name="least", value=k))
    )


def layered(k: int) -> alt.HConcatChart:
    brush = alt.selection_point(fields=["kind"])
    bars = (
        alt.Chart(frame(k))
        .mark_bar()
        .encode(x="day", y="usd_m", opacity=alt.condition(brush, alt.value(1), alt.value(0.2)))
    )
    lines = alt.Chart(frame(k + 1)).mark_line().encode(x="day:T", y="usd_m:Q")
    return (bars.add_params(brush) + lines) | alt.Chart(frame(k)).mark_bar().encode(x="kind:N", y="sum(usd_m):Q")


@pytest.mark.parametrize("make", [chart, layered])
def test_charts_of_one_function_have_one_template(make: Any) -> None:
    one, two = Template.of(make(1)), Template.of(make(2))
    assert one.key() == two.key()
    assert one.datasets != two.datasets


def test_what_changes_leaves_the_template() -> None:
    whole = Template.of(chart(3))
    text = json.dumps(whole.spec)
    assert "k is 3" not in text
    assert "about 3" not in text
    assert whole.description == "about 3"
    assert whole.params == {"least": 3, "aitracker_text": "k is 3"}
    assert whole.datasets["data-0"][1] == {"day": "2024-02-01T00:00:00Z", "kind": "b", "usd_m": 6.0}


def test_another_mark_is_another_template() -> None:
    assert Template.of(chart(1)).key() != Template.of(chart(1).mark_line()).key()


def test_types_that_only_the_data_tell_are_still_found() -> None:
    encoding = Template.of(alt.Chart(frame(1)).mark_bar().encode(x="day", y="usd_m", color="kind")).spec["encoding"]
    assert [encoding[c]["type"] for c in ("x", "y", "color")] == ["temporal", "quantitative", "nominal"]


def test_a_dictionary_is_taken_apart_and_left_alone() -> None:
    spec = {"data": {"values": [{"a": math.nan}]}, "mark": "bar", "params": [{"name": "p", "value": 1}]}
    whole = Template.of(spec)
    assert whole.datasets == {"data-0": [{"a": None}]}
    assert whole.params == {"p": 1}
    assert spec["params"] == [{"name": "p", "value": 1}]
    assert spec["data"]["values"]


def test_named_rows_keep_their_name_and_a_user_the_counted_names() -> None:
    base = alt.layer(alt.Chart().mark_bar(), data=alt.NamedData(name="rows"))
    base.datasets = {"rows": [{"view_1": 1}]}
    assert Template.of(base).datasets == {"rows": [{"view_1": 1}]}


def test_rows_are_safe_for_json() -> None:
    table = pl.DataFrame(
        {
            "float": [math.nan, math.inf, 1.5],
            "decimal": [Decimal("1.25"), None, Decimal(2)],
            "day": [date(2024, 5, 31), None, date(2024, 6, 1)],
            "naive": [datetime(2024, 5, 31, 12), None, None],  # noqa: DTZ001 - DuckDB gives such
            "zoned": [datetime(2024, 5, 31, 12, tzinfo=UTC), None, None],
            "list": [[1, 2], None, []],
        },
        schema_overrides={"zoned": pl.Datetime("us", "UTC")},
    ).with_columns(
        zoned=pl.col("zoned").dt.convert_time_zone("Asia/Shanghai"),
        kind=pl.Series(["a", "b", None], dtype=pl.Enum(["a", "b"])),
        nothing=pl.lit(None),
    )
    rows = to_rows(table)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert rows[0] == {
        "float": None, "decimal": 1.25, "day": "2024-05-31T00:00:00Z", "naive": "2024-05-31T12:00:00.000Z",
        "zoned": "2024-05-31T12:00:00.000Z", "list": [1, 2], "kind": "a", "nothing": None,
    }  # fmt: skip
    assert rows[1]["float"] is None
    assert to_rows(table.lazy()) == rows
    assert to_rows(None) == []


def test_records_are_safe_for_json_too() -> None:
    east = timezone(timedelta(hours=8))
    assert plain(datetime(2024, 1, 1, 7, 30, tzinfo=east)) == "2023-12-31T23:30:00.000Z"
    assert plain({"a": (Decimal("NaN"), -math.inf, {1})}) == {"a": [None, None, [1]]}
    with pytest.raises(TypeError, match="cannot show a value of type object"):
        plain(object())
    with pytest.raises(TypeError, match="not str"):
        to_rows("rows")
    with pytest.raises(TypeError, match="not int"):
        to_rows([1])


def test_a_chart_of_the_same_template_sends_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    view = ChartView(chart(1))
    sent: list[set[str]] = []
    monkeypatch.setattr(view, "send_state", lambda key=None: sent.append({key} if isinstance(key, str) else set(key)))
    view.chart = chart(2)
    assert sent == [{"_datasets", "_params", "_description"}]
    view.chart = chart(2)
    assert sent[1:] == [] or sent[1:] == [set()]
    sent.clear()
    view.chart = chart(2).mark_line()
    assert "_spec" in sent[0]


def test_update_names_what_it_does_not_know() -> None:
    view = ChartView(chart(1))
    view.update(frame(4), {"least": 5}, "other words")
    assert view.data["data-0"][0]["usd_m"] == 4.0
    assert view.params["least"] == 5
    assert view.description == "other words"
    with pytest.raises(ValueError, match=r"no parameter 'lest' \(did you mean 'least'\?\); it has"):
        view.update(params={"lest": 1})
    with pytest.raises(ValueError, match="no data set 'rows'"):
        view.update({"rows": frame(1)})
    with pytest.raises(ValueError, match="has no chart yet"):
        ChartView().update(frame(1))


def test_many_views_share_one_bundle_even_after_all_were_closed() -> None:
    one, two = ChartView(chart(1)), ChartView()
    assert one._runtime is two._runtime
    one._runtime.close()
    assert ChartView()._runtime is not two._runtime


def test_a_function_of_the_mode_is_asked_again() -> None:
    view = ChartView(lambda mode: chart(2 if mode == "dark" else 1))
    assert view.params["least"] == 1
    try:
        view.mode = "dark"
        assert view.params["least"] == 2
        assert set(view.payload()) == {"spec", "datasets", "params", "description", "dark"}
        assert view.payload()["params"]["least"] == 1
    finally:
        view.mode = "light"


def test_static_form_says_what_differs_in_the_dark() -> None:
    both = payload(chart(1), dark=chart(1).mark_bar(color="white"))
    assert both["dark"]["datasets"] == {}
    assert both["dark"]["spec"]["mark"]["color"] == "white"


def test_the_cache_is_made_again_when_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = runtime.runtime_gz()
    monkeypatch.setenv("AITRACKER_CACHE_DIR", str(tmp_path / "cache"))
    runtime._bundle.cache_clear()
    try:
        with monkeypatch.context() as patch:
            patch.setattr("vl_convert.javascript_bundle", lambda _snippet: "made")
            assert runtime.runtime_js() == "made"
            (kept,) = (tmp_path / "cache").iterdir()
            kept.write_bytes(good[:1000])
            runtime._bundle.cache_clear()
            assert runtime.runtime_js() == "made"
            (tmp_path / "file").touch()
            patch.setenv("AITRACKER_CACHE_DIR", str(tmp_path / "file" / "below"))
            runtime._bundle.cache_clear()
            assert runtime.runtime_js() == "made"
    finally:
        runtime._bundle.cache_clear()


def test_page_text_is_safe_inside_a_script_element() -> None:
    text = page_scripts()
    lower = text.lower()
    assert "</script" not in lower
    assert "<!--" not in text
    assert "aitrackerView" in text
    assert "\nexport " not in text
    assert page_json({"a": "</script><!--"}) == '{"a":"\\u003c/script>\\u003c!--"}'
    with pytest.raises(ValueError, match="JSON"):
        page_json(math.nan)
