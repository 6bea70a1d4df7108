"""What a hundred dollars of an investor's own stock contain of each start-up."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _bars, _spec, theme
from aitracker.charts._brief import brief
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

STRIP: Final = 66  # pixels over the bars that the strip takes
MOST: Final = 8
TIPS: Final = {
    "startup": "Start-up",
    "words": "In the stock",
    "interval_words": "Between",
    "stake_words": "Stake",
    "value_words": "Position",
}


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    """A strip of the whole price over bars that enlarge its coloured end."""
    accent, muted = alt.ExprRef("palette[accent]"), theme.MUTED[mode]
    once = alt.Chart(alt.sequence(1))
    hidden = "message ? 0 : 1"
    part = "max(1, width * min(1, inside / whole))"
    strip = once.mark_rect(
        x=0,
        x2=alt.ExprRef("width"),
        y=-STRIP,
        y2=-STRIP + 16,
        fill=theme.GRID[mode],
        opacity=alt.ExprRef(hidden),
        tooltip=None,
    )
    inside = once.mark_rect(
        x=0, x2=alt.ExprRef(part), y=-STRIP, y2=-STRIP + 16, fill=accent, opacity=alt.ExprRef(hidden), tooltip=None
    )
    lines = [
        once.mark_rule(strokeDash=[2, 2], opacity=alt.ExprRef(hidden), tooltip=None).encode(
            x=alt.XValue(x),
            x2=alt.X2Value(x2),
            y=alt.YValue(-STRIP + 17),
            y2=alt.Y2Value(-6),
            stroke=alt.StrokeValue(muted),
        )
        for x, x2 in ((0, 0), (alt.ExprRef(part), alt.ExprRef(f"max(60, width - {_bars.WORDS})")))
    ]
    rest = once.mark_text(
        text=alt.ExprRef("message ? '' : rest_words"),
        x=alt.ExprRef("width"),
        y=-STRIP + 29,
        align="right",
        baseline="middle",
        fontSize=11,
        color=muted,
        tooltip=None,
    )
    layers = [strip, inside, *lines, rest, *_bars.bar_layers(mode, TIPS)]
    return _spec.template(
        layers, mode=mode, width=width, height=alt.Step(_bars.STEP), left=0, above=f"{STRIP} + 12", below=10
    )


def dollars(value: float | None) -> str:
    """Write a few dollars: `US$3.20`, `under 1 cent`."""
    if value is None:
        return "unknown"
    return "under 1 cent" if 0 < value < 0.005 else f"US${value:,.2f}"


@_spec.signed
def look_through(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    holder: str = "Alibaba",
) -> alt.LayerChart:
    """Draw what a sum of an investor's own stock contains: the whole as a strip, its start-ups enlarged below.

    Parameters
    ----------
    frame
        As `aitracker.look_through` gives it: `startup_id` (null on the last row, "Everything else"), `startup`, `usd`, and
        where there are: `usd_low`, `usd_high`, `stake_pct`, `value_usd_m`, `market_cap_usd_m`, `market_cap_date`.
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
    holder
        Name of the investor.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `accent`, `top`, `inside`, `whole`,
        `rest_words`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, ("startup_id", "startup", "usd"), "look_through")
    every = list(frame.iter_rows(named=True))
    held = [r for r in every if r["startup_id"] is not None]
    known = sorted((r for r in held if brief(r["usd"]) is not None), key=lambda r: (-r["usd"], r["startup"]))
    dark = [r for r in held if brief(r["usd"]) is None]
    inside = sum(r["usd"] for r in known)
    rest = next((brief(r["usd"]) for r in every if r["startup_id"] is None), None)
    whole = inside + rest if rest is not None else 100.0
    rows: list[dict[str, Any]] = []
    for r in known[:MOST]:
        low, high = brief(r.get("usd_low")), brief(r.get("usd_high"))
        rows.append(
            {
                "startup": r["startup"],
                "label": short(str(r["startup"])),
                "value": r["usd"],
                "low": low,
                "high": high,
                "state": _bars.STATES[0] if low == high == r["usd"] else _bars.STATES[1],
                "words": dollars(r["usd"]),
                "interval_words": "unknown" if low is None or high is None else f"{dollars(low)} to {dollars(high)}",
                "stake_words": theme.share(brief(r.get("stake_pct"))),
                "value_words": theme.money(brief(r.get("value_usd_m"))),
            }
        )
    if len(known) > MOST:
        small = sum(r["usd"] for r in known[MOST:])
        names = ", ".join(str(r["startup"]) for r in known[MOST:])
        rows.append(_plain_row(f"{len(known) - MOST} smaller ones", names, small, dollars(small), _bars.STATES[1]))
    if dark:
        names = ", ".join(short(str(r["startup"])) for r in dark)
        rows.append(_plain_row(f"{len(dark)} that cannot be valued: {names}", names, None, "unknown", _bars.STATES[2]))
    rows = [{"row": f"{i:04d}", **r} for i, r in enumerate(rows)]
    cap = next((r for r in every if brief(r.get("market_cap_usd_m")) is not None), None)
    against = (
        f"; market capitalisation {theme.money(cap['market_cap_usd_m'])} on {theme.date_words(cap['market_cap_date'], 'day')}"
        if cap and cap.get("market_cap_date")
        else ""
    )
    says = theme.EMPTY
    if rows and known:
        first = known[0]
        says = f"Of US${whole:,.0f} of {holder} stock, {dollars(first['usd'])} is {rows[0]['label']}" + (
            f" and {dollars(inside)} is AI start-ups in all" if len(known) > 1 else ""
        )
    elif rows:
        says = f"No AI stake in {holder} stock can be valued"
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": says,
            "subtitle": _spec.with_lens(
                f"Stakes times valuations per US${whole:,.0f} of {holder} stock; coloured end of the strip enlarged below"
                f"{against}",
                lens,
            ),
            "footer": _spec.footer(sources, theme.count(len(held), "position"), version),
            "accent": _bars.accent_of(holder),
            "top": _bars.top_of(rows),
            "inside": inside,
            "whole": whole or 1.0,
            "rest_words": f"everything else: {dollars(rest)}" if rest is not None else "",
        },
    )


def _plain_row(label: str, startup: str, value: float | None, words: str, state: str) -> dict[str, Any]:
    blank = dict.fromkeys(("stake_words", "value_words", "interval_words"), "unknown")
    return {
        "startup": startup,
        "label": label,
        "value": value,
        "low": None,
        "high": None,
        "state": state,
        "words": words,
        **blank,
    }
