"""What stands behind numbers: how many claims, and how many origins, back each fact."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, theme
from aitracker.charts.theme import Mode, Width

LEFT: Final = 0
STEP: Final = 42
MOST: Final = 30  # facts drawn, the most claimed first
NEEDED: Final = ("fact", "claims", "origins")
KINDS: Final = ("origins", "claims", "deprecated claims", "one origin only")


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    blue, ink = theme.SLOTS[mode]["blue"], theme.INK[mode]
    scale = alt.Scale(zero=True, nice=False, range=[0, alt.ExprRef("max(60, width - 190)")])
    x, standing, backing = (
        alt.X(field=f, type="quantitative", scale=scale, axis=None) for f in ("end", "claims", "origins")
    )
    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)
    tips = {
        "fact": "Fact",
        "value_words": "Adopted value",
        "interval_words": "Claims between",
        "claims": "Claims",
        "origins": "Origins",
        "deprecated": "Deprecated claims",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    base = alt.Chart()
    zero = alt.X2Value(0)
    pale = base.mark_bar(size=12, yOffset=9, color=blue, fillOpacity=theme.PALE, stroke=blue, strokeWidth=1).encode(
        x=standing, x2=zero, y=y, tooltip=tooltip
    )
    hollow = (
        base.transform_filter("datum.deprecated > 0")
        .mark_bar(size=11, yOffset=9, fillOpacity=0, stroke=blue, strokeWidth=1)
        .encode(x=standing, x2=alt.X2(field="end"), y=y, tooltip=tooltip)
    )
    struck = (
        base.transform_filter("datum.deprecated > 0")
        .mark_rule(yOffset=9, color=blue, strokeWidth=1, tooltip=None)
        .encode(x=standing, x2=alt.X2(field="end"), y=y)
    )
    solid = base.mark_bar(size=6, yOffset=9, color=blue).encode(x=backing, x2=zero, y=y, tooltip=tooltip)
    end: dict[str, Any] = {"yOffset": 9, "fontSize": 11, "align": "left", "baseline": "middle", "tooltip": None}
    counts = base.mark_text(dx=alt.ExprRef("datum.origins == 1 ? 18 : 6"), color=theme.MUTED[mode], **end).encode(
        x=x, y=y, text=alt.Text(field="count_words", type="nominal")
    )
    dots = (
        base.transform_filter("datum.origins == 1")
        .mark_point(
            shape="circle",
            size=44,
            stroke=ink,
            fill=None,
            strokeWidth=1.4,
            opacity=1,
            xOffset=10,
            yOffset=9,
            tooltip=None,
        )
        .encode(x=x, y=y)
    )
    labels = base.mark_text(
        text=alt.ExprRef("datum.label"),
        x=0,
        yOffset=-7,
        align="left",
        baseline="middle",
        fontSize=12,
        limit=alt.ExprRef("room - 12"),
        tooltip=None,
    ).encode(y=y)
    entries = alt.Chart(alt.sequence(len(KINDS), as_="i")).transform_calculate(
        name="['" + "', '".join(KINDS) + "'][datum.i]",
        longest=str(max(map(len, KINDS))),
        entries=str(len(KINDS)),
    )
    legend = _spec.legend_layers(
        entries,
        LEFT,
        shape=alt.ExprRef("datum.i == 3 ? 'circle' : datum.i == 2 ? 'M-1,-1L1,-1L1,1L-1,1L-1,-1M-1,0L1,0' : 'square'"),
        fill=blue,
        stroke=alt.ExprRef(f"datum.i == 3 ? '{ink}' : '{blue}'"),
        fillOpacity=alt.ExprRef(f"[1, {theme.PALE}, 0, 0][datum.i]"),
        size=alt.ExprRef("datum.i == 3 ? 44 : 110"),
    )
    above = _spec.legend_height(str(len(KINDS)), str(max(map(len, KINDS))))
    layers = [pale, solid, hollow, struck, counts, dots, labels, *legend]
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(STEP), left=LEFT, above=above, below=10)


def _value_words(row: dict[str, object]) -> str:
    """Write the adopted value with its unit: the column `value_usd_m`, else `value` with `unit`."""
    usd = _spec.number(row.get("value_usd_m"))
    if usd is not None:
        return theme.money(usd)
    value, unit = row.get("value"), str(row.get("unit") or "")
    number = _spec.number(value)
    return "unknown" if value is None else _written(number, unit) if number is not None else str(value)


def _written(value: float | None, unit: str) -> str:
    if unit in {"USD_m", "usd_m", "US$m"}:
        return theme.money(value)
    if unit in {"pct", "%"}:
        return theme.share(value)
    return "unknown" if value is None else f"{value:,.4g} {unit}".strip()


def _title(facts: Sequence[dict[str, object]], about: str, everything: int | None) -> str:
    if not facts:
        return theme.EMPTY
    claims = sum(int(_spec.number(f["claims"]) or 0) for f in facts)
    single = sum(_spec.number(f["origins"]) == 1 for f in facts)
    rest = (
        "no fact rests"
        if not single
        else "it rests"
        if len(facts) == 1
        else "all of them rest"
        if single == len(facts)
        else (f"{single} of {theme.count(len(facts), 'fact')} {'rests' if single == 1 else 'rest'}")
    )
    if everything is None:
        on = theme.count(len(facts), "fact") + (f" about {about}" if about else "")
        return f"{theme.count(claims, 'claim')} on {on}: {rest} on a single origin"
    goes = "goes" if claims == 1 else "go"
    on = theme.count(claims, "claim") + (f" on {about}" if about else "")
    return f"{on} {goes} back to {theme.count(everything, 'origin')}; {rest} on one"


def _origins_all(facts: Sequence[Mapping[str, object]]) -> int | None:
    """Distinct origins behind all the facts, where the frame says so in its column `origins_all`."""
    told = {_spec.number(r.get("origins_all")) for r in facts} - {None}
    return int(told.pop() or 0) if len(told) == 1 else None


@_spec.signed
def corroboration(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    subject: str | None = None,
    origins: int | None = None,
) -> alt.LayerChart:
    """Draw how many claims and how many origins stand behind each fact: the 30 most claimed.

    Parameters
    ----------
    frame
        One row per fact: `fact` (label), `claims` (that stand), `origins` (of these), and where there are:
        `deprecated` (claims known to be wrong, counted apart), `value_usd_m` or `value` with `unit`, `low`, `high`,
        `subject` (whom the facts are about).
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
    subject
        Whom the facts are about, for the title ("Moonshot's money"); without it, the frame's only `subject`.
    origins
        Distinct origins behind all the facts together. They cannot be added up from the rows (one origin may back many
        facts), so the title names them only when they are given.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "corroboration")
    facts = sorted(
        frame.iter_rows(named=True),
        key=lambda r: (-(_spec.number(r["claims"]) or 0), -(_spec.number(r["origins"]) or 0), str(r["fact"])),
    )
    subjects = list(dict.fromkeys(str(r["subject"]) for r in facts if r.get("subject")))
    about = subject or (subjects[0] if len(subjects) == 1 else "")
    rows: list[dict[str, object]] = []
    for i, r in enumerate(facts[:MOST]):
        claims, backing, gone = (int(_spec.number(r.get(c)) or 0) for c in ("claims", "origins", "deprecated"))
        value, unit = _value_words(r), "USD_m" if r.get("value_usd_m") is not None else str(r.get("unit") or "")
        low, high = _spec.number(r.get("low")), _spec.number(r.get("high"))
        between = "one value" if low == high else f"{_written(low, unit)} to {_written(high, unit)}"
        words = f"{theme.count(claims, 'claim')}, {theme.count(backing, 'origin')}" + (
            f", {gone} deprecated" if gone else ""
        )
        rows.append(
            {
                "row": f"{i:04d}",
                "fact": str(r["fact"]),
                "label": str(r["fact"]) + (f": {value}" if value != "unknown" else ""),
                "value_words": value,
                "interval_words": "unknown" if low is None and high is None else between,
                "claims": claims,
                "origins": backing,
                "deprecated": gone,
                "end": claims + gone,
                "count_words": words,
            }
        )
    everything = sum(int(_spec.number(f["claims"]) or 0) for f in facts)
    n = f"{theme.count(everything, 'claim')}, {theme.count(len(facts), 'fact')}"
    notes = [f"{len(facts) - MOST:,} with as few claims as the last or fewer not drawn"] if len(facts) > MOST else []
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": _title(facts, about, origins if origins is not None else _origins_all(facts)),
            "subtitle": _spec.with_lens(
                "Claims per fact, and the origins they go back to (pages that repeat one piece share an origin)", lens
            ),
            "footer": _spec.footer(sources, n, version, notes),
        },
    )
