"""The rumour ledger: what was rumoured on the left, what closed on the right."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts._whom import abroad
from aitracker.charts.theme import Mode, Width

LEFT: Final = 0
HEIGHT: Final = 470
HEAD: Final = 24  # pixels that the heads of the two columns take
GAP: Final = 13  # pixels between two labels
LABELS: Final = (HEIGHT - HEAD) // GAP
NEEDED: Final = ("startup", "subject_kind", "rumoured", "rumour_usd_m", "outcome", "became_usd_m")
ENTRIES: Final = ("became a close", "next close, tied by date", "open", "called off")
OUTCOMES: Final = ("closed", "next close", "open", "cancelled")


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    muted = theme.MUTED[mode]
    colours = (theme.SLOTS[mode]["blue"], theme.SLOTS[mode]["sky"], theme.SLOTS[mode]["orange"], theme.UNKNOWN[mode])
    hue = "['" + "', '".join(colours) + "'][datum.kind]"
    # Labels stand outside; what is left between them is for the slopes.
    side = "(width < 520 ? 0.36 * width : 0.34 * width)"
    x_scale = alt.Scale(domain=[0, 1], nice=False, range=[alt.ExprRef(side), alt.ExprRef(f"width - {side}")])

    def x(field: str) -> alt.X:
        return alt.X(field=field, type="quantitative", scale=x_scale, axis=None)

    tips = {
        "what": "Talk", "when_words": "Rumoured", "rumour_words": "Rumoured size", "interval_words": "Between", "outcome_words": "Outcome",
        "became_words": "Closed", "ratio_words": "Close over rumour", "days_words": "Time to close", "publisher": "Outlet",
        "source_kind": "Kind of outlet",
    }  # fmt: skip
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    scale = alt.Scale(domain=[0, HEIGHT], nice=False, zero=False, range=[0, alt.ExprRef("height")])

    def y(field: str) -> alt.Y:
        return alt.Y(field=field, type="quantitative", scale=scale, axis=None)

    base = alt.Chart().transform_calculate(from_="0", to="1")
    both = base.transform_filter("datum.y1 !== null")
    slopes = [
        both.transform_filter(test)
        .mark_rule(color=alt.ExprRef(hue), strokeWidth=1.6, strokeDash=dash, tooltip=None)
        .encode(x=x("from_"), x2=alt.X2(field="to"), y=y("y0"), y2=alt.Y2(field="y1"))
        for test, dash in (("datum.kind == 0", [1, 0]), ("datum.kind != 0", list(theme.DASH)))
    ]
    mark: dict[str, Any] = {
        "shape": alt.ExprRef("datum.valuation ? 'diamond' : 'circle'"),
        "size": 60,
        "strokeWidth": 1.6,
        "opacity": 1,
        "stroke": alt.ExprRef(hue),
    }
    rumours = base.mark_point(
        fill=theme.BACKGROUND[mode], strokeDash=alt.ExprRef("datum.kind > 1 ? [3, 2] : [1, 0]"), **mark
    ).encode(x=x("from_"), y=y("y0"), tooltip=tooltip)
    closes = both.mark_point(fill=alt.ExprRef(hue), **mark).encode(x=x("to"), y=y("y1"), tooltip=tooltip)
    leader: dict[str, Any] = {"color": theme.UNKNOWN[mode], "strokeWidth": 0.7, "tooltip": None}
    leaders = [
        base.transform_filter("datum.l0 !== null")
        .mark_rule(xOffset=-7, x2Offset=-19, **leader)
        .encode(x=x("from_"), x2=alt.X2(field="from_"), y=y("y0"), y2=alt.Y2(field="l0")),
        both.transform_filter("datum.l1 !== null")
        .mark_rule(xOffset=7, x2Offset=19, **leader)
        .encode(x=x("to"), x2=alt.X2(field="to"), y=y("y1"), y2=alt.Y2(field="l1")),
    ]
    text: dict[str, Any] = {"baseline": "middle", "fontSize": 11, "tooltip": None, "limit": alt.ExprRef(f"{side} - 24")}
    left = (
        base.transform_filter("datum.l0 !== null")
        .mark_text(text=alt.ExprRef("width < 520 ? datum.brief : datum.left"), xOffset=-22, align="right", **text)
        .encode(x=x("from_"), y=y("l0"))
    )
    right = (
        both.transform_filter("datum.l1 !== null")
        .mark_text(text=alt.ExprRef("width < 520 ? datum.became_words : datum.right"), xOffset=22, align="left", **text)
        .encode(x=x("to"), y=y("l1"))
    )
    heads = [
        alt.Chart(alt.sequence(1))
        .transform_filter("message == ''")
        .transform_calculate(at=at)
        .mark_text(
            text=word,
            y=4,
            align=cast("Any", align),
            baseline="middle",
            fontSize=11,
            fontWeight=600,
            color=muted,
            tooltip=None,
        )
        .encode(x=x("at"))
        for word, at, align in (("rumoured", "0", "right"), ("closed", "1", "left"))
    ]
    entries = alt.Chart(alt.sequence(len(ENTRIES), as_="i")).transform_calculate(
        name="['" + "', '".join(ENTRIES) + "'][datum.i]", longest=str(max(map(len, ENTRIES))), entries=str(len(ENTRIES))
    )
    legend = _spec.legend_layers(
        entries,
        LEFT,
        shape="circle",
        size=70,
        stroke=alt.ExprRef("['" + "', '".join(colours) + "'][datum.i]"),
        fill=alt.ExprRef("['" + "', '".join(colours) + "'][datum.i]"),
        fillOpacity=alt.ExprRef("datum.i < 2 ? 1 : 0"),
        strokeDash=alt.ExprRef("datum.i > 1 ? [3, 2] : [1, 0]"),
    )
    above = _spec.legend_height(str(len(ENTRIES)), str(max(map(len, ENTRIES))))
    layers = [*leaders, *slopes, rumours, closes, left, right, *heads, *legend]
    return _spec.template(layers, mode=mode, width=width, height=HEIGHT, left=LEFT, above=above, below=10)


def _apart(places: Mapping[int, float]) -> dict[int, float]:
    """Move labels so that none covers another and all stand inside, each as near to its mark as that allows."""
    order = sorted(places, key=lambda i: (places[i], i))
    out = dict(places)
    floor = float(HEAD)
    for i in order:
        out[i] = max(out[i], floor)
        floor = out[i] + GAP
    ceiling = HEIGHT - 4.0
    for i in reversed(order):
        out[i] = min(out[i], ceiling)
        ceiling = out[i] - GAP
    return out


def _title(told: Sequence[Mapping[str, Any]]) -> str:
    if not told:
        return theme.EMPTY
    closed = [r for r in told if r["outcome"] in {"closed", "next close"}]
    ratios = [q for r in closed if (q := _ratio(r)) is not None]
    larger, smaller = sum(q > 1.005 for q in ratios), sum(q < 0.995 for q in ratios)
    head = f"{len(closed)} of {theme.count(len(told), 'talk')} closed"
    if not ratios:
        return f"{head}; none of them with two figures to compare"
    same = len(ratios) - larger - smaller
    parts = [f"{n} {word}" for n, word in ((larger, "above"), (same, "at"), (smaller, "below")) if n]
    return f"{head}; of {len(ratios)} with both figures, {', '.join(parts)} the rumour"


def _ratio(r: Mapping[str, Any]) -> float | None:
    rumour, close = _spec.number(r["rumour_usd_m"]), _spec.number(r["became_usd_m"])
    return close / rumour if rumour and close is not None else None


@_spec.signed
def rumours(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
) -> alt.LayerChart:
    """Draw each talk as a slope from the rumoured size to the closed one; talks without a close stand on the left alone.

    Parameters
    ----------
    frame
        One row per talk: `startup`, `subject_kind` ("round" or "valuation"), `rumoured` (date), `rumour_usd_m`, `outcome`,
        `became_usd_m`, and where there are: `rumour_low_usd_m`, `rumour_high_usd_m`, `date_precision`, `basis`, `became_basis`,
        `became`, `days`, `publisher`, `source_kind`, `wave`. Talks without a figure are counted and not drawn.
    sources
        Short names for the footer; without them, the frame's publishers.
    version
        Version of the data.
    lens
        Words of a lens that is not the default.
    mode
        Background that the chart is laid on.
    width
        Pixels, or "container".

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "rumours")
    told = list(frame.iter_rows(named=True))
    drawn = sorted(
        (r for r in told if (_spec.number(r["rumour_usd_m"]) or 0) > 0),
        key=lambda r: (-float(r["rumour_usd_m"]), str(r["startup"]), str(r["rumoured"])),
    )
    sizes = [float(v) for r in drawn for v in (r["rumour_usd_m"], r["became_usd_m"]) if (_spec.number(v) or 0) > 0]
    low, high = (math.log(min(sizes)), math.log(max(sizes))) if sizes else (0.0, 1.0)

    def place(value: object) -> float | None:
        size = _spec.number(value)
        if size is None or size <= 0:
            return None
        part = 0.5 if high == low else (high - math.log(size)) / (high - low)
        return HEAD + (HEIGHT - HEAD - 8) * part

    starts = {i: place(r["rumour_usd_m"]) or 0.0 for i, r in enumerate(drawn)}
    closes = {i: at for i, r in enumerate(drawn) if (at := place(r["became_usd_m"])) is not None}
    # Those that closed are named first, then the largest; a name for every one of very many would cover the others.
    first = sorted(starts, key=lambda i: (i not in closes, i))[:LABELS]
    left, right = _apart({i: starts[i] for i in first}), _apart({i: closes[i] for i in first if i in closes})
    rows = [_row(r, starts[i], closes.get(i), left.get(i), right.get(i)) for i, r in enumerate(drawn)]
    rows.sort(key=lambda r: -int(str(r["kind"])))  # what closed is drawn last, over what is open
    left_out = len(told) - len(drawn)
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": _title(told) + abroad(told),
            "subtitle": _spec.with_lens("Size of a round (circle) or a valuation (diamond), US$, log scale", lens),
            "footer": _spec.footer(
                sources or [str(r["publisher"]) for r in drawn if r.get("publisher")],
                theme.count(len(told), "talk"),
                version,
                [f"{theme.count(left_out, 'talk')} without a figure not drawn"] if left_out else [],
            ),
        },
    )


def _row(r: Mapping[str, Any], y0: float, y1: float | None, l0: float | None, l1: float | None) -> dict[str, object]:
    kind = OUTCOMES.index(r["outcome"]) if r["outcome"] in OUTCOMES else 2
    valuation = r["subject_kind"] == "valuation"
    firm = str(r["startup"]).split(" (", maxsplit=1)[0]
    what = f"{firm}, {'value' if valuation else 'round'}"
    size, close, ratio = (
        theme.money(_spec.number(r["rumour_usd_m"])),
        theme.money(_spec.number(r["became_usd_m"])),
        _ratio(r),
    )
    days = _spec.number(r.get("days"))
    when = theme.date_words(r["rumoured"], r.get("date_precision") or "month")
    bases = [str(r[c]) for c in ("basis", "became_basis") if r.get(c)]
    told = theme.count(int(days), "day") if days is not None else ""
    return {
        "what": f"{what}{' (' + ' to '.join(bases) + ')' if bases else ''}", "kind": kind,
        "valuation": valuation, "y0": y0, "y1": y1, "l0": l0, "l1": l1, "left": f"{what}, {theme.date_words(r['rumoured'])}: {size}",
        "brief": f"{firm.split(' ', maxsplit=1)[0]} {size}", "right": f"{close}, {told}" if told else close,
        "when_words": when, "rumour_words": size,
        "interval_words": theme.money_range(_spec.number(r.get("rumour_low_usd_m")), _spec.number(r.get("rumour_high_usd_m"))),
        "outcome_words": ENTRIES[kind], "became_words": close if y1 is not None else "no figure",
        "ratio_words": f"×{ratio:.2f}" if ratio is not None else "unknown", "days_words": told or "none",
        "publisher": r.get("publisher") or "unknown", "source_kind": r.get("source_kind") or "unknown",
    }  # fmt: skip
