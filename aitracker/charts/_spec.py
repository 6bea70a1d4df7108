"""What every chart of the package is put together from: a fixed template, named rows, and words as parameters."""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache, wraps
from inspect import signature
from typing import Any, Final, TypeVar, cast

import altair as alt
import polars as pl
from altair.utils import schemapi

from aitracker.asked import one_of
from aitracker.charts import theme
from aitracker.charts._drawn import MOST_ROWS, ROWS, Record, computed, fill, params_of, records
from aitracker.charts.theme import Mode, Width
from aitracker.view.rows import framed, plain

__all__ = [
    "MOST_ROWS",
    "ROWS",
    "SEEN",
    "Record",
    "carried",
    "check_mode",
    "computed",
    "fill",
    "footer",
    "footer_layer",
    "headline_layer",
    "kept",
    "legend_height",
    "legend_layers",
    "message_layer",
    "number",
    "params_of",
    "records",
    "require",
    "signed",
    "subtitle_layer",
    "template",
    "with_lens",
]

COLUMN: Final = 208  # pixels that one entry of a legend takes at most
SEEN: Final = "seen"  # column in which a metric's frame says how it was seen
Draw = TypeVar("Draw", bound=Callable[..., alt.LayerChart])
Make = TypeVar("Make", bound=Callable[..., alt.LayerChart])


def kept(make: Make) -> Make:
    """Keep the templates that a function makes, one for each of its arguments.

    Altair checks every part of a chart against the schema of Vega-Lite as it is made, which takes half of the time; our
    templates never change, and the tests check each of them whole.
    """

    @lru_cache(maxsize=16)
    def quick(*words: Hashable) -> alt.LayerChart:
        with schemapi.debug_mode(False):
            return make(*words)

    return cast("Make", wraps(make)(quick))


def require(frame: pl.DataFrame, columns: Sequence[str], chart: str) -> None:
    """Raise ValueError naming the columns that `chart` needs and `frame` lacks."""
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise ValueError(f"{chart} needs the columns {', '.join(columns)}; missing: {', '.join(missing)}")


def check_mode(mode: str) -> None:
    """Raise ValueError for a mode other than light and dark."""
    if mode not in theme.BACKGROUND:
        raise ValueError(f"mode is 'light' or 'dark', not {mode!r}")


def number(value: object) -> float | None:
    """Give a cell as a finite number, or None."""
    got = plain(value)
    return float(got) if isinstance(got, (int, float)) else None


def footer(sources: Sequence[str], n: str, version: str | None, notes: Sequence[str] = ()) -> str:
    """Write the footer: sources, n, what is not drawn, data version."""
    parts = [f"Sources: {theme.sources_words(sources)}"] if sources else []
    parts += [f"n\u00a0=\u00a0{n}", *notes]
    if version:
        parts.append(f"data {version}")
    return " · ".join(parts)


def signed(draw: Draw) -> Draw:
    """Let a chart sign itself: sources, version and lens that are not named are those that its frame carries."""
    allowed = list(signature(draw).parameters)[1:]

    @wraps(draw)
    def drawn(frame: Any, *args: Any, **words: Any) -> alt.LayerChart:
        frame = framed(frame)
        for name, value in words.items():
            one_of(f"keyword of charts.{draw.__name__}", name, allowed)
            _refuse(name, value)
        if SEEN in frame.columns:
            for name, told in carried(frame).items():
                words[name] = words.get(name) or told
        return draw(frame, *args, **words)

    return cast("Draw", drawn)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _told(value: Any) -> bool:
    return value is None or isinstance(value, str)


TAKES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "width": (lambda v: v == "container" or _whole(v), "a number of pixels above 0, or 'container'"),
    "sources": (lambda v: isinstance(v, (list, tuple)) and all(isinstance(s, str) for s in v), "a list of names"),
    **dict.fromkeys(("version", "lens", "n", "note", "holder", "about"), (_told, "a text, or None")),
    "most": (_whole, "a whole number above 0"),
    "quarters": (lambda v: v is None or _whole(v), "a whole number of quarters above 0, or None"),
    "price": (
        lambda v: v is None or (isinstance(v, (int, float)) and not isinstance(v, bool) and 0 <= v <= 100),
        "a number from 0 to 100, in per cent of the face value, or None",
    ),
}
"""Keywords that several charts take, and what each may be."""


def _refuse(name: str, value: Any) -> None:
    """Refuse a keyword that a chart would draw nonsense with."""
    if name in TAKES and not TAKES[name][0](value):
        message = f"{name} must be {TAKES[name][1]}, not {value!r}"
        raise ValueError(message)


def carried(frame: pl.DataFrame) -> dict[str, Any]:
    """What the column `seen` of a metric's frame says: `sources` most cited first, `version` and `lens` in words."""
    rows = frame[SEEN].drop_nulls().to_list()
    cited = Counter(name for row in rows for name in row["publishers"])
    told: dict[str, Any] = {"sources": sorted(cited, key=lambda name: (-cited[name], name))}
    for name, default in (("version", None), ("lens", "the default lens")):
        each = list(dict.fromkeys(row[name] or default for row in rows))
        told[name] = "; ".join(filter(None, each)) if each != [default] else None
    return told


def with_lens(subtitle: str, lens: str | None) -> str:
    """Add the words of a lens that is not the default to a subtitle."""
    return f"{subtitle} · {lens}" if lens else subtitle


def _text(**style: Any) -> alt.Chart:
    """Text that is drawn once, whatever the rows."""
    chart: alt.Chart = alt.Chart(alt.sequence(1)).mark_text(tooltip=None, **style)
    return chart


def footer_layer(mode: Mode, left: int, below: int | str = 30) -> alt.Chart:
    """Text mark under the plot that reads the parameter `footer`, wrapped to the chart's width."""
    return _text(
        text=alt.ExprRef(theme.wrap_expr("footer", 5.7)),
        x=-left,
        y=alt.ExprRef(f"max(height, 48) + {below}"),
        align="left",
        baseline="top",
        fontSize=11,
        lineHeight=15,
        color=theme.MUTED[mode],
        aria=False,
    )


def subtitle_layer(mode: Mode, left: int, above: str) -> alt.Chart:
    """Text mark over the plot that reads the parameter `subtitle`; `above`: pixels that stand between the two."""
    lines = theme.wrap_expr("subtitle", 6.2)
    return _text(
        text=alt.ExprRef(lines),
        x=-left,
        y=alt.ExprRef(f"-({above}) - 16 * length({lines})"),
        align="left",
        baseline="top",
        fontSize=12,
        lineHeight=16,
        color=theme.MUTED[mode],
        aria=False,
    )


def headline_layer(base: alt.Chart, mode: Mode, left: int, above: str) -> alt.Chart:
    """Title as text that reads the field `finding` of the one row of `base`: where the data themselves must say it."""
    lines, below = theme.wrap_expr("datum.finding", 8.8), theme.wrap_expr("subtitle", 6.2)
    headline: alt.Chart = base.mark_text(
        text=alt.ExprRef(lines),
        x=-left,
        y=alt.ExprRef(f"-({above}) - 16 * length({below}) - 6 - 20 * length({lines})"),
        align="left",
        baseline="top",
        fontSize=16,
        fontWeight=600,
        lineHeight=20,
        color=theme.INK[mode],
        tooltip=None,
    )
    return headline


def legend_layers(base: alt.Chart, left: int, **style: Any) -> list[alt.Chart]:
    """Legend over the plot, in as many columns as fit, drawn from data so that it needs no fixed list of entries.

    Parameters
    ----------
    base
        Chart over one row per entry with the fields `i` (0, 1, ...), `name`, and on every row `longest` (characters
        of the longest name) and `entries` (how many).
    left
        Pixels that the left axis takes.
    style
        Shape, fill, stroke and the like of the marks: values, or expressions on the row.
    """
    column = f"min({COLUMN}, 36 + 6.7 * datum.longest)"
    columns = f"max(1, floor((room - 8) / ({column})))"
    x = f"(datum.i % {columns}) * {column} - {left}"
    y = f"19 * (floor(datum.i / {columns}) - ceil(datum.entries / {columns})) - 8"
    style = {"size": 110, "opacity": 1, "strokeWidth": 1.4, "shape": "square", "tooltip": None, **style}
    marks = base.mark_point(x=alt.ExprRef(f"{x} + 7"), y=alt.ExprRef(y), **style)
    names = base.mark_text(
        x=alt.ExprRef(f"{x} + 19"),
        y=alt.ExprRef(y),
        align="left",
        baseline="middle",
        fontSize=12,
        limit=COLUMN - 20,
    ).encode(text=alt.Text(field="name", type="nominal"))
    return [marks, names]


def legend_height(entries: str, longest: str) -> str:
    """Vega expression for the height of :func:`legend_layers`, from those for entries and longest name."""
    return f"16 + 19 * ceil(({entries}) / max(1, floor((room - 8) / min({COLUMN}, 36 + 6.7 * ({longest})))))"


def message_layer(mode: Mode) -> alt.Chart:
    """Text mark in the plot that reads the parameter `message`: empty, or why nothing is drawn."""
    return _text(
        text=alt.ExprRef("message"),
        x=alt.ExprRef("width / 2"),
        y=alt.ExprRef("max(height, 48) / 2"),
        align="center",
        baseline="middle",
        fontSize=14,
        color=theme.MUTED[mode],
    )


def template(
    layers: Sequence[alt.Chart],
    *,
    mode: Mode,
    width: Width,
    height: int | alt.Step,
    left: int,
    above: str = "10",
    below: int | str = 30,
    calculate: Mapping[str, str] | None = None,
    headlines: Sequence[alt.Chart] = (),
) -> alt.LayerChart:
    """Put layers over the named rows together with title, subtitle, footer and message, still without a word.

    ``calculate`` names fields that all layers read, each with its expression; ``headlines`` (:func:`headline_layer`)
    take the place of the title.
    """
    marks: list[Any] = [
        *layers,
        *headlines,
        subtitle_layer(mode, left, above),
        footer_layer(mode, left, below),
        message_layer(mode),
    ]
    # Altair copies every layer three times to lift selections out of them. Where none has any, they are put in as they are.
    plain_ones = all(mark.params is alt.Undefined for mark in marks)
    chart = alt.LayerChart(
        layer=[] if plain_ones else marks,
        data=alt.NamedData(name=ROWS),
        transform=[alt.CalculateTransform(calculate=how, **{"as": name}) for name, how in (calculate or {}).items()]
        or alt.Undefined,
        title=alt.Undefined if headlines else theme.title_params(left),
        width=width,
        height=height,
        config=theme.config(mode),
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding", resize=True),
        padding=4,
        params=[
            alt.VariableParameter(name="room", expr=theme.room_expr(width, left)),
            alt.VariableParameter(name="palette", expr=json.dumps(theme.palette(mode))),
        ],
    )
    if plain_ones:
        chart.layer = marks
    return chart
