"""What the charts of valuations share: short names, words of a value, places of labels, marks of a row."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts.theme import Mode

BASIS: Final[Mapping[str, str]] = {
    "post-money": "post-money (headline)",
    "derived": "pre-money plus new money",
    "unstated": "not said: pre- or post-money",
    "pre-money": "pre-money",
    "market-cap": "market capitalisation",
    "secondary": "price of old shares",
    "estimate": "a third party's estimate",
    "target": "sought, not reached",
}
TIPS: Final[Mapping[str, str]] = {
    "startup": "Start-up",
    "value_words": "Headline value",
    "basis_words": "Basis",
    "when_words": "Date",
    "dissent": "Claims",
    "publisher": "Source",
}


def short(name: str) -> str:
    """Leave out what stands in brackets behind a name."""
    return name.split(" (", maxsplit=1)[0] or name


def brand(name: str) -> str:
    """Leave out also what a firm's name says of its trade, for labels with little room."""
    return re.sub(r" (Group|Technolog(y|ies))$", "", short(name))


def dissent(row: Mapping[str, Any], low: str = "value_low_usd_m", high: str = "value_high_usd_m") -> str:
    """Say how many claims and origins stand behind a value, and between which ends they are."""
    claims, origins = row.get("claims"), row.get("origins")
    said = "" if origins is None else "one origin only" if origins == 1 else f"{origins} origins"
    if claims is not None:
        said = f"{theme.count(claims, 'claim')}, {said}"
    ends = (_spec.number(row.get(low)), _spec.number(row.get(high)))
    apart = None not in ends and ends[0] != ends[1]
    return (
        "; ".join(p for p in (said, f"between {theme.money(ends[0])} and {theme.money(ends[1])}" if apart else "") if p)
        or "unknown"
    )


def tooltip(tips: Mapping[str, str]) -> list[alt.Tooltip]:
    """Tooltip of text fields with their titles."""
    return [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]


def hue(channel: type = alt.Color) -> Any:
    """Encode the field `hue`, a colour itself."""
    return channel(field="hue", type="nominal", scale=None)


def spread(places: Sequence[float], gap: float, top: float) -> list[float]:
    """Move places (from 0 to `top`) apart so that neighbours are `gap` from each other, as little as is needed."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    out = [0.0] * len(places)
    floor = -math.inf
    for i in order:
        out[i] = floor = max(places[i], floor + gap)
    ceiling = top
    for i in reversed(order):
        out[i] = ceiling = min(out[i], ceiling)
        ceiling -= gap
    return out


def log_ticks(low: float, high: float) -> list[float]:
    """Readable steps of a logarithmic axis: powers of ten, with 2 and 5 between where the span is short."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    digits = (1, 2, 5) if high / low < 120 else (1,)
    return [t for t in (d * 10.0**e for e in decades for d in digits) if low <= t <= high]


def colours(frame: pl.DataFrame) -> dict[str, str]:
    """Name the colour of each start-up: its own, or that of its wave where they are too many for colours."""
    firsts = frame.unique("startup_id", keep="first", maintain_order=True)
    waves = dict(zip(firsts["startup_id"], firsts["wave"], strict=True))
    if len(waves) > len(theme.SLOTS["light"]):
        return {s: theme.entity_colour(w) for s, w in waves.items()}
    return theme.group_colours(list(waves))


def span(values: Sequence[float], scale: str) -> tuple[list[float], list[float]]:
    """Domain and ticks of a scale that holds the values."""
    if scale == "linear":
        high = max(values, default=1000.0) * 1.06
        step = 10 ** math.floor(math.log10(high / 4))
        step *= next(m for m in (1, 2, 5, 10) if high / (m * step) <= 6)
        return [0.0, high], [i * step for i in range(int(high / step) + 1)]
    low, high = min(values, default=100.0) / 1.6, max(values, default=10_000.0) * 1.25
    return [math.log10(low), math.log10(high)], [math.log10(t) for t in log_ticks(low, high)]


def row_layers(mode: Mode, left: int, x: alt.X, tips: Mapping[str, str]) -> list[alt.Chart]:
    """Marks of a dot plot, one row a fact: interval with ends, arrow where open, point, name at the left, words at the right.

    Fields: `row` (order), `x`, `low`, `high` (where to draw; null: not), `open` (the interval has no lower or upper end: -1, 1),
    `shape`, `solid`, `hue`, `label`, `sub`, `single` (one origin), `words`, `words_x`.
    """
    base = alt.Chart().transform_calculate(hue="palette[datum.colour]")
    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)

    def place(field: str) -> alt.X:
        # The whole axis on every layer: one that leaves it out would move it to the bottom.
        return alt.X(**{**vars(x)["_kwds"], "field": field})

    between = base.transform_filter("isValid(datum.low) && isValid(datum.high) && datum.low < datum.high")
    ends = [
        between.transform_filter(f"datum.open != {side}")
        .mark_tick(orient="vertical", size=9, thickness=1.2, tooltip=None)
        .encode(x=place(end), y=y, color=hue())
        for side, end in ((-1, "low"), (1, "high"))
    ]
    arrows = [
        base.transform_filter(f"datum.open == {side} && isValid(datum.{end})")
        .mark_point(shape=shape, size=46, filled=True, opacity=1, tooltip=None)
        .encode(x=place(end), y=y, fill=hue(alt.Fill))
        for side, end, shape in ((-1, "low", "triangle-left"), (1, "high", "triangle-right"))
    ]
    rule = between.mark_rule(strokeWidth=1.2).encode(
        x=place("low"), x2=alt.X2(field="high"), y=y, color=hue(), tooltip=tooltip(tips)
    )
    point = (
        base.transform_filter("isValid(datum.x)")
        .mark_point(
            size=95, strokeWidth=1.6, opacity=1, shape=alt.ExprRef("datum.shape"),
            fillOpacity=alt.ExprRef("datum.solid ? 0.9 : 0"),
            strokeDash=alt.ExprRef("datum.dashed ? [3, 2] : [1, 0]"),
        )
        .encode(x=x, y=y, fill=hue(alt.Fill), stroke=hue(alt.Stroke), tooltip=tooltip(tips))
    )  # fmt: skip
    at: dict[str, Any] = {"align": "left", "baseline": "middle", "tooltip": None}
    names = [
        base.mark_text(x=-left + 12, dy=-6, fontSize=11, limit=left - 16, **at).encode(y=y, text="label:N"),
        base.mark_text(x=-left + 12, dy=7, fontSize=10, limit=left - 16, color=theme.MUTED[mode], **at).encode(
            y=y, text="sub:N"
        ),
        base.transform_filter("datum.single")
        .mark_point(x=-left + 4, dy=-6, size=26, opacity=1, strokeWidth=1.2, filled=False, tooltip=None)
        .encode(y=y, stroke=alt.StrokeValue(theme.MUTED[mode])),
    ]
    words = base.mark_text(align="left", baseline="middle", dx=9, fontSize=11, tooltip=None).encode(
        x=place("words_x"), y=y, text=alt.Text(field="words", type="nominal")
    )
    return [rule, *ends, *arrows, point, *names, words]


def legend(entries: Sequence[tuple[str, str, bool]], mode: Mode, left: int) -> tuple[list[alt.Chart], str]:
    """Fixed legend of kinds of mark (words, shape, filled) and the height that it takes."""
    ink, longest = theme.MUTED[mode], max(len(e[0]) for e in entries)
    names = "', '".join(e[0] for e in entries)
    shapes = "', '".join(e[1] for e in entries)
    base = alt.Chart(alt.sequence(len(entries), as_="i")).transform_calculate(
        name=f"['{names}'][datum.i]", longest=str(longest), entries=str(len(entries))
    )
    fills = ", ".join("0.9" if e[2] else "0" for e in entries)
    marks = _spec.legend_layers(
        base, left, size=60, fill=ink, stroke=ink,
        shape=alt.ExprRef(f"['{shapes}'][datum.i]"),
        fillOpacity=alt.ExprRef(f"[{fills}][datum.i]"),
    )  # fmt: skip
    return marks, _spec.legend_height(str(len(entries)), str(longest))
