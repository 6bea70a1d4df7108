"""What a hundred dollars of an investor's own stock contain of each start-up."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _bars, _holder, _spec, theme
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
    "age_words": "Value of",
    "mark_words": "Kind of value",
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
    layers = [strip, inside, *lines, rest, *_holder.bars(mode, TIPS)]
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
    holder: str | None = None,
) -> alt.LayerChart:
    """Draw what a sum of an investor's own stock contains: the whole as a strip, its start-ups enlarged below.

    Parameters
    ----------
    frame
        As `aitracker.look_through` gives it: `startup_id` (null on the last row, "Everything else"), `startup`, `usd`, and
        where there are: `usd_low`, `usd_high`, `stake_pct`, `value_usd_m`, `value_date`, `age_days`, `stale`, `mark`,
        `market_cap_usd_m`, `market_cap_date`, `of_usd`, `investor`, `scope`.
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
        Another name for the investor than the frame's.

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
    last: dict[str, Any] = next((r for r in every if r["startup_id"] is None), {})
    rest = brief(last.get("usd"))
    whole = brief(_holder.one(frame, "of_usd")) or (inside + rest if rest is not None else 100.0)
    who, what = _holder.holder(frame, holder), _holder.set_words(frame)
    stock = f"{who.name}'s stock" if who.name == _holder.NOBODY else f"{who.name} stock"
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
                "age_words": _holder.age_words(r),
                "mark_words": r.get("mark") or "unknown",
                "stale": bool(r.get("stale")),
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
    says = theme.EMPTY
    if rows and known:
        first = known[0]
        says = f"Of US${whole:,.0f} of {stock}, {dollars(first['usd'])} is {rows[0]['label']}"
        if dark:
            says += f"; the {len(known)} of {len(held)} {what} that can be valued come to {dollars(inside)}"
        elif len(known) > 1:
            says += f" and {dollars(inside)} is {what} in all"
    elif rows:
        says = f"No AI stake in {stock} can be valued"
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": says,
            "subtitle": _spec.with_lens(
                f"Stakes times valuations per US${whole:,.0f} of {stock}; coloured end of the strip enlarged below"
                f"{_all_words(last, whole, dark)}{_days_words(held, every)}",
                lens,
            ),
            "footer": _spec.footer(sources, theme.count(len(held), "position"), version),
            "accent": who.colour,
            "top": _bars.top_of(rows),
            "inside": inside,
            "whole": whole or 1.0,
            "rest_words": _rest_words(last, rest),
        },
    )


def _all_words(last: dict[str, Any], whole: float, dark: Sequence[Any]) -> str:
    """Between what all stakes together lie, where some cannot be valued."""
    low, high = brief(last.get("usd_low")), brief(last.get("usd_high"))
    if not dark or high is None:
        return ""
    least = dollars(max(0.0, whole - high))
    return f"; all {'at least ' + least if low is None else f'between {least} and {dollars(whole - low)}'}"


def _rest_words(last: dict[str, Any], rest: float | None) -> str:
    low, high = brief(last.get("usd_low")), brief(last.get("usd_high"))
    if rest is not None:
        return f"everything else: {dollars(rest)}"
    return "" if low is None or high is None else f"everything else: {dollars(low)} to {dollars(high)}"


def _days_words(held: Sequence[dict[str, Any]], every: Sequence[dict[str, Any]]) -> str:
    """The days of the values and of the market value, and what kinds of value these are."""
    cap = next((r for r in every if brief(r.get("market_cap_usd_m")) is not None and r.get("market_cap_date")), None)
    if cap is None:
        return ""
    words = f"; market capitalisation {theme.money(cap['market_cap_usd_m'])} on {theme.date_words(cap['market_cap_date'], 'day')}"
    valued = [r for r in held if brief(r.get("value_usd_m")) and r.get("value_date")]
    if not valued:
        return words
    days = sorted(r["value_date"] for r in valued)
    first, final = (theme.date_words(day) for day in (days[0], days[-1]))
    words += f", valuations of {first}" + ("" if first == final else f" to {final}")
    total = sum(r["value_usd_m"] for r in valued)
    kinds = (
        ("market price", "market prices"),
        ("round's price", "prices of rounds"),
        ("stale", "older than 180 days (striped)"),
    )
    shares = [(name, sum(r["value_usd_m"] for r in valued if r.get("mark") == mark)) for mark, name in kinds]
    told = [f"{theme.share(100 * part / total)} {name}" for name, part in shares if part]
    return words + (f": {', '.join(told)}" if told else "")


def _plain_row(label: str, startup: str, value: float | None, words: str, state: str) -> dict[str, Any]:
    blank = dict.fromkeys(("stake_words", "value_words", "interval_words", "age_words", "mark_words"), "unknown")
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
