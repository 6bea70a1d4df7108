"""How concentrated holdings are through time and against each other: effective number, coverage, Lorenz curve, overlap."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _holder, _lines, _spec, theme
from aitracker.charts._brief import brief
from aitracker.charts._values import brand, short
from aitracker.charts.theme import Mode, Width
from aitracker.ownership.coverage import field_words

MOST: Final = 6  # lines, each with its name at its end
COVERAGE: Final = {"count_pct": "by count", "value_pct": "by value", "owned_pct": "owned"}
TIPS: Final = {
    "key": "Series",
    "when_words": "Date",
    "value_words": "Value",
    "interval_words": "Between",
    "positions": "Positions",
}


@_spec.kept
def _lines_template(mode: Mode, width: Width, label: str) -> alt.LayerChart:
    x, _ = _lines.axes(label)
    # Where nothing tells the point the interval stands alone, as a line a date.
    alone = (
        alt.Chart()
        .transform_filter("!isValid(datum.value) && isValid(datum.low) && isValid(datum.high)")
        .transform_calculate(hue="palette[datum.colour]")
        .mark_rule(strokeWidth=2.5, opacity=0.5, xOffset=alt.ExprRef("datum.shift"))
        .encode(
            x=x,
            stroke=alt.Stroke(field="hue", type="nominal", scale=None),
            y=alt.Y(field="low", type="quantitative"),
            y2=alt.Y2(field="high"),
            tooltip=[alt.Tooltip(field=f, type="nominal", title=t) for f, t in TIPS.items()],
        )
    )
    return _lines.template([*_lines.line_layers(TIPS, label), alone], mode, width)


def _series(
    frame: pl.DataFrame, columns: tuple[str, str, str], by: str, write: Callable[[float | None], str]
) -> tuple[list[dict[str, Any]], float, dict[str, dict[str, Any]]]:
    """Rows of a line chart, the end of its scale, and each series' last known row, highest first."""
    frame = frame.with_columns(pl.col(by).cast(pl.String).str.split(" (").list.first())
    names = list(dict.fromkeys(frame[by].to_list()))
    if len(names) > MOST:
        raise ValueError(f"at most {MOST} series can be told apart by their names, not {len(names)}: choose some")
    colours = theme.group_colours(names)
    out: list[dict[str, Any]] = []
    part: dict[str, int] = {}
    last: dict[str, dict[str, Any]] = {}
    for r in frame.sort([by, "date"]).iter_rows(named=True):
        key = str(r[by])
        value, low, high = (brief(r.get(c)) for c in columns)
        part[key] = part.get(key, 0) + (value is None)
        row = {
            "date": r["date"],
            "key": key,
            "colour": colours[key],
            "part": part[key],
            "shift": 4 * (names.index(key) - (len(names) - 1) / 2),
            "value": value,
            "low": low,
            "high": high,
            "positions": r.get("positions"),
            "value_words": write(value),
            "interval_words": _ends(low, high, write),
            "when_words": theme.date_words(r["date"], "day"),
        }
        out.append(row)
        if value is not None or (low is not None and high is not None):
            last[key] = row
    top = 1.08 * max((v for r in out for v in (r["value"], r["high"]) if v is not None), default=0.0) or 1.0
    for row in last.values():  # what stands at the end of a line: the point, else the interval at its middle
        row["end"] = row["value"] if row["value"] is not None else (row["low"] + row["high"]) / 2
        row["end_words"] = row["value_words"] if row["value"] is not None else row["interval_words"]
    at = _lines.tags({k: r["end"] for k, r in last.items()}, top)
    for key, row in last.items():
        row |= {"tag": f"{brand(key)} {row['end_words'].replace(' to ', '–')}", "tag_at": at[key]}
    return out, top, dict(sorted(last.items(), key=lambda kv: (-kv[1]["end"], kv[0])))


def _ends(low: float | None, high: float | None, write: Callable[[float | None], str]) -> str:
    if low is None or high is None:
        return "unknown"
    one, two = write(low), write(high)
    return one if one == two else f"{one.removesuffix(' %')} to {two}"


def _time_chart(
    frame: pl.DataFrame,
    columns: tuple[str, str, str],
    by: str,
    write: Callable[[float | None], str],
    title: Callable[[Mapping[str, Mapping[str, Any]]], str],
    words: Mapping[str, Any],
) -> alt.LayerChart:
    """Draw lines through time with the words given."""
    rows, top, last = _series(frame, columns, by, write)
    days = [r["date"] for r in rows if r["value"] is not None or r["high"] is not None]
    known = [r for r in rows if days and min(days) <= r["date"] <= max(days)]
    n = f"{theme.count(len(last), 'series', 'series')}, {theme.count(len(set(days)), 'date')}"
    dark = [k for k in dict.fromkeys(r["key"] for r in rows) if k not in last]
    notes = [f"unknown at every date: {', '.join(dark)}"] if dark else []
    return _spec.fill(
        _lines_template(words["mode"], words["width"], words["label"]),
        known,
        {
            "title": title(last) if known else theme.EMPTY,
            "subtitle": _spec.with_lens(words["subtitle"], words["lens"]),
            "footer": _spec.footer(words["sources"], n, words["version"], notes),
            "top": top,
            "series": len(last),
            **_lines.years(days),
        },
    )


@_spec.signed
def effective_number(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    weighting: str | None = None,
) -> alt.LayerChart:
    """Draw how many equal positions each investor's holdings amount to, through time, with the exact interval as a band.

    Parameters
    ----------
    frame
        `investor`, `date`, `effective_number` (1 / HHI; null where nothing can be weighed), and where there are
        `effective_low`, `effective_high`, `positions`. At most six investors.
    sources
        Short names for the footer.
    version
        Version of the data.
    lens
        Words of a lens that is not the default.
    mode
        Background that the chart is laid on.
    width
        Pixels, or "container".
    weighting
        Other words for what the positions are weighed by than the frame's.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `top`, `x_from`, `x_to`, `x_ticks`,
        `x_format`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, ("investor", "date", "effective_number"), "effective_number")

    def title(last: Mapping[str, Mapping[str, Any]]) -> str:
        first = next(iter(last))
        if len(last) == 1:
            return f"{first}'s holdings weigh as much as {_equal(last[first])}"
        least = list(last)[-1]
        return f"{first}'s holdings weigh as much as {_equal(last[first])}, {least}'s as {last[least]['end_words']}"

    subtitle = (
        f"Effective number of positions (1 / HHI) in {_holder.set_words(frame)}, weighed by {_holder.in_words(frame, weighting)};"
        " band: what the unknowns allow, alone where they leave no point"
    )
    return _time_chart(
        frame,
        ("effective_number", "effective_low", "effective_high"),
        "investor",
        _plain,
        title,
        {
            "mode": mode,
            "width": width,
            "label": "format(datum.value, '~g')",
            "subtitle": subtitle,
            "lens": lens,
            "sources": sources,
            "version": version,
        },
    )


def _plain(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f}".removesuffix(".0")


def _equal(row: Mapping[str, Any]) -> str:
    return f"{row['end_words']} equal {'position' if row['end_words'] == '1' else 'positions'}"


def _field(frame: pl.DataFrame) -> str:
    """The start-ups that the shares of a frame are of, in words."""
    universe, scope = _holder.one(frame, "universe"), _holder.one(frame, "scope")
    return (
        field_words(universe, scope, _holder.one(frame, "threshold_usd_m"))
        if universe and scope
        else "start-ups tracked"
    )


@_spec.signed
def coverage(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    universe: str | None = None,
) -> alt.LayerChart:
    """Draw what share of a universe of start-ups an investor held, through time: by count, by value, and the part it owned.

    Parameters
    ----------
    frame
        As `through_time` gives it for one investor: `date`, `investor`, `count_pct`, `value_pct` (value of the start-ups
        it holds a stake in), `owned_pct` (its stakes times values) with `owned_low_pct` and `owned_high_pct`, and where
        there is: `positions`.
    sources
        Short names for the footer.
    version
        Version of the data.
    lens
        Words of a lens that is not the default.
    mode
        Background that the chart is laid on.
    width
        Pixels, or "container".
    universe
        Other words for the start-ups that the share is of than the frame's.

    Returns
    -------
    alt.LayerChart
        As :func:`effective_number`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, ("date", "investor", *COVERAGE), "coverage")
    universe = universe or _field(frame)
    names = [short(str(name)) for name in frame["investor"].unique().to_list()]
    if len(names) > 1:
        raise ValueError(f"coverage draws one investor, not {len(names)}: filter the frame")
    long = pl.concat(
        [
            frame.select(
                "date",
                pl.col("positions") if "positions" in frame.columns else pl.lit(None, pl.Int64).alias("positions"),
                measure=pl.lit(words),
                pct=pl.col(column),
                pct_low=pl.col("owned_low_pct") if column == "owned_pct" and "owned_low_pct" in frame.columns else None,
                pct_high=pl.col("owned_high_pct")
                if column == "owned_pct" and "owned_high_pct" in frame.columns
                else None,
            ).cast({"pct": pl.Float64, "pct_low": pl.Float64, "pct_high": pl.Float64})
            for column, words in COVERAGE.items()
        ]
    )

    def title(last: Mapping[str, Mapping[str, Any]]) -> str:
        told = {k: r["end_words"] for k, r in last.items()}
        held = [f"{told[words]} of the {universe}" for words in ("by count",) if words in told]
        held += [f"{told[words]} of their value" for words in ("by value",) if words in told]
        owned = f", and owned {told['owned']} of it" if "owned" in told else ""
        return f"{names[0]} holds a stake in {', '.join(held)}{owned}" if held else f"{names[0]} owned {told['owned']}"

    subtitle = (
        f"Share of the {universe}, %: by count and by value of those it holds any stake in; owned: its stakes times their"
        " values, with band"
    )
    return _time_chart(
        long,
        ("pct", "pct_low", "pct_high"),
        "measure",
        theme.share,
        title,
        {
            "mode": mode,
            "width": width,
            "label": "format(datum.value, '~g') + ' %'",
            "subtitle": subtitle,
            "lens": lens,
            "sources": sources,
            "version": version,
        },
    )
