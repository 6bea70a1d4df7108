"""What an investor holds: positions with their intervals, and what a hundred dollars of its stock contain of each."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _bars, _holder, _spec, theme
from aitracker.charts._brief import brief
from aitracker.charts._holder import between
from aitracker.charts._values import short
from aitracker.charts.theme import Mode, Width

# Column of a position's size, what it is called, and the measure in words, for each weighting.
WEIGHTINGS: Final = {
    "value": ("value", "marked value", "stake times latest valuation, US$"),
    "cost": ("cost", "cost", "money put in, US$"),
    "cash": ("cash", "cash cost", "cash put in, without credits, US$"),
    "count": ("count", "count", "every position alike"),
}
NEEDED: Final = ("startup_id", "startup", "basis", "weight")
TIPS: Final = {
    "startup": "Start-up",
    "stake_words": "Stake",
    "basis": "Basis of the stake",
    "valuation_words": "Valued at",
    "age_words": "Value of",
    "words": "Position",
    "interval_words": "Between",
    "weight_words": "Weight",
    "cost_words": "Put in",
    "when_words": "Stake known on",
}


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    legend, above = _holder.legend(mode)
    layers = [*_holder.bars(mode, TIPS), *legend]
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(_bars.STEP), left=0, above=above, below=10)


def check_weighting(weighting: str) -> str:
    """Raise ValueError for a weighting that does not exist; give its words."""
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting is one of {', '.join(WEIGHTINGS)}, not {weighting!r}")
    return WEIGHTINGS[weighting][1]


def position_rows(frame: pl.DataFrame, weighting: str) -> list[dict[str, Any]]:
    """One row a position as it is drawn: the heaviest first, then what nobody can weigh."""
    column = WEIGHTINGS[weighting][0]
    dark = frame["weight"].null_count() > 0
    rows = []
    for r in frame.iter_rows(named=True):
        weight = brief(r["weight"])
        if weighting == "count":
            value, low, high = weight and 1.0, None, None
        else:
            value, low, high = (brief(r.get(f"{column}{end}_usd_m")) for end in ("", "_low", "_high"))
        exact = value is not None and (low is None or low == value) and (high is None or high == value)
        sure = r["basis"] == "disclosed" if weighting == "value" else weighting == "count" or exact
        stake = between(brief(r.get("stake_low_pct")), brief(r.get("stake_high_pct")))
        point = brief(r.get("stake_pct"))
        valued = theme.money(brief(r.get("valuation_usd_m")))
        share, ends = theme.share(None if weight is None else 100 * weight), _ends(r)
        # Where some cannot be weighed a weight is an interval; the point would take them for nothing.
        if dark and weight is not None and ends is not None:
            share = f"{100 * r['weight_low']:.0f}–{100 * r['weight_high']:.0f} %"
        amount, name = theme.money(value), short(str(r["startup"]))
        rows.append(
            {
                "startup": str(r["startup"]),
                "label": f"{name}{' ' + r['startup_zh'] if r.get('startup_zh') else ''}: {_about(r['basis'], point, stake, valued)}",
                "name": name,
                "value": value,
                "low": low,
                "high": high,
                "state": _bars.STATES[2] if value is None else _bars.STATES[0] if sure else _bars.STATES[1],
                "words": "unknown" if value is None else share if weighting == "count" else f"{amount}, {share}",
                "weight": weight,
                "share": share if share == theme.share(None if weight is None else 100 * weight) else ends,
                "stake_words": stake if point is None else f"{theme.share(point)} ({stake})",
                "basis": r["basis"],
                "valuation_words": valued,
                "interval_words": theme.money_range(low, high),
                "weight_words": share if ends is None or share == ends else f"{share} (between {ends})",
                "age_words": _holder.age_words(r),
                "stale": bool(r.get("stale")) and weighting == "value",
                "cost_words": theme.money(brief(r.get("cost_usd_m"))),
                "when_words": theme.date_words(r.get("stake_date"), "day"),
            }
        )
    rows.sort(key=lambda r: (r["value"] is None, -(r["weight"] or 0.0), -(r["high"] or 0.0), r["startup"]))
    return [{"row": f"{i:04d}", **r} for i, r in enumerate(rows)]


def _ends(row: dict[str, Any]) -> str | None:
    """Between which ends a position's weight lies; None where the frame does not say."""
    low, high = brief(row.get("weight_low")), brief(row.get("weight_high"))
    return None if low is None or high is None else between(100 * low, 100 * high)


def _about(basis: str, point: float | None, stake: str, valued: str) -> str:
    """Write a stake and what it is a stake of: ``about 8 % of US$3bn``, ``0 to 11 %``, ``stake unknown``."""
    if point is not None:
        said = f"{'' if basis == 'disclosed' else 'about '}{theme.share(point)}"
        return f"{said} of {'an unknown value' if valued == 'unknown' else valued}"
    if stake == "unknown":
        return "stake unknown"
    return stake if valued == "unknown" else f"{stake} of {valued}"


def _title(rows: Sequence[dict[str, Any]], holder: str, weighting: str) -> str:
    if not rows:
        return theme.EMPTY
    held = f"{_holder.opening(holder)} holds {theme.count(len(rows), 'position')}"
    known = [r for r in rows if r["weight"] is not None]
    dark = len(rows) - len(known)
    if not known:
        return f"{held}; none of them can be weighed by {WEIGHTINGS[weighting][1]}"
    rest = f"; {dark} of {len(rows)} cannot be weighed" if dark else ""
    by = WEIGHTINGS[weighting][1]
    if weighting == "count":
        return f"{held}, each of them {known[0]['words']} of the count"
    share, of = known[0]["share"], f"what {holder} holds by {by}"
    if " to " in share:
        share = f"between {share.replace(' to ', ' and ')}"
    elif dark:
        of = f"what can be weighed of {holder}'s holdings by {by}"
    return f"{known[0]['name']} is {share} of {of}{rest}"


@_spec.signed
def holdings(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    weighting: str | None = None,
    holder: str | None = None,
    note: str | None = None,
) -> alt.LayerChart:
    """Draw an investor's positions: disclosed solid, estimated pale with its interval, unknown hatched.

    Parameters
    ----------
    frame
        As `aitracker.ownership.holdings` gives it: `startup_id`, `startup`, `basis`, `weight` (0 to 1; null: cannot be weighed)
        with `weight_low` and `weight_high`, and for the weighting `value_usd_m`, `cost_usd_m` or `cash_usd_m` with
        `..._low_usd_m`, `..._high_usd_m`; its words are those of `investor`, `weighting`, `scope`, `value_date`, `stale`.
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
        "value", "cost", "cash" or "count"; without, what the frame says.
    holder
        Another name for the investor than the frame's.
    note
        A counterfactual in words, for the subtitle.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `accent`, `top`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "holdings")
    weighting, who = _holder.weighting(frame, weighting), _holder.holder(frame, holder)
    check_weighting(weighting)
    rows = position_rows(frame, weighting)
    weighed = sum(r["weight"] is not None for r in rows)
    _, words, measure = WEIGHTINGS[weighting]
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": _title(rows, who.name, weighting),
            "subtitle": _spec.with_lens(
                f"Positions in {_holder.set_words(frame)} by {words}: {measure}; line: lowest to highest"
                + (_holder.stale_words([r for r in rows if r["value"] is not None]) if weighting == "value" else "")
                + (f" · {note}" if note else ""),
                lens,
            ),
            "footer": _spec.footer(sources, f"{theme.count(len(rows), 'position')}, {weighed} weighed", version),
            "accent": who.colour,
            "top": _bars.top_of(rows),
        },
    )
