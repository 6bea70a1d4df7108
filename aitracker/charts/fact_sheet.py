"""One page on an investor's holdings, as a fund's issuer would print it: the numbers that matter first, then the positions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _bars, _holder, _spec, theme
from aitracker.charts._holder import between, told
from aitracker.charts.holdings import NEEDED, TIPS, check_weighting, position_rows
from aitracker.charts.look_through import dollars
from aitracker.charts.theme import Mode, Width
from aitracker.ownership.coverage import field_words

TILE: Final = 166  # least width of a number with its words
TALL: Final = 86
TOP: Final = 10


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    legend, above = _holder.legend(mode)
    columns = f"max(2, min(4, floor(room / {TILE})))"
    tall = f"({TALL} * ceil(tiles / {columns}))"
    tile = alt.Chart().transform_filter("isValid(datum.tile)")
    x = f"(datum.tile % {columns}) * (room - 8) / {columns}"
    y = f"{TALL} * floor(datum.tile / {columns}) - {tall} - ({above})"
    limit = alt.ExprRef(f"(room - 8) / {columns} - 10")

    def words(field: str, down: int, **style: Any) -> alt.Chart:
        style = {"fontSize": 11, "color": theme.MUTED[mode], **style}
        chart: alt.Chart = tile.mark_text(
            x=alt.ExprRef(x),
            y=alt.ExprRef(f"{y} + {down}"),
            align="left",
            baseline="middle",
            limit=limit,
            tooltip=None,
            **style,
        ).encode(text=alt.Text(field=field, type="nominal"))
        return chart

    tiles = [
        words("name", 10),
        words("big", 30, fontSize=20, fontWeight=600, color=theme.INK[mode]),
        words("note", 49),
        words("yardstick", 64, fontStyle="italic"),
    ]
    layers = [*tiles, *_holder.bars(mode, TIPS), *legend]
    return _spec.template(
        layers, mode=mode, width=width, height=alt.Step(_bars.STEP), left=0, above=f"{tall} + {above}", below=10
    )


def _number(value: float | None, digits: int = 1) -> str:
    return "unknown" if value is None else f"{value:.{digits}f}"


def _range(low: float | None, high: float | None, digits: int = 1) -> str:
    if low is None or high is None:
        return "interval unknown"
    one, two = _number(low, digits), _number(high, digits)
    return "no unknown moves it" if one == two else f"between {one} and {two}"


def _figure(get: Mapping[str, float | None], name: str, ends: str, digits: int = 1) -> str:
    """A figure: its point, else its interval; one that nobody can tell is unknown."""
    point, low, high = get.get(name), get.get(f"{ends}_low"), get.get(f"{ends}_high")
    if point is not None or low is None or high is None:
        return _number(point, digits)
    return f"{_number(low, digits)} to {_number(high, digits)}"


def _share(get: Mapping[str, float | None], name: str) -> tuple[str, str]:
    """A share and its interval: the interval alone where nothing tells the point."""
    point, low, high = (get.get(f"{name}{end}_pct") for end in ("", "_low", "_high"))
    return told(
        point, low, high
    ), "" if point is None or low is None or high is None else f"between {between(low, high)}"


def _dollars(get: Mapping[str, float | None]) -> tuple[str, str]:
    """AI in the holder's stock: the point with its interval, or the interval alone."""
    point, low, high = (get.get(f"look_through{end}_usd") for end in ("", "_low", "_high"))
    if point is not None:
        return dollars(point), _range(low, high)
    if low is None:
        return "unknown", "interval unknown"
    return f"at least {dollars(low)}", "at most unknown" if high is None else f"at most {dollars(high)}"


def tiles(card: Mapping[str, Any], fund: Mapping[str, Any] | None, largest: str) -> list[dict[str, str]]:
    """Numbers of a fact sheet with their words: name, value, interval, and the same of a real fund."""
    get = {k: _spec.number(v) for k, v in card.items() if not isinstance(v, (str, bool))}
    real = {k: _spec.number(v) for k, v in (fund or {}).items() if not isinstance(v, (str, bool))}
    name = str((fund or {}).get("holder") or "").split(" (", maxsplit=1)[0]
    name = str((fund or {}).get("holder_id") or "").removeprefix("etf-").upper() or name

    def beside(words: str | None) -> str:
        return f"{name}: {words}" if name and words and "unknown" not in words else " "

    def test(of: Mapping[str, Any] | None) -> str | None:
        passes = (of or {}).get("five_ten_forty")
        return None if passes is None else "passed" if passes else "failed"

    positions, weighted = (int(get.get(c) or 0) for c in ("positions", "weighted"))
    counts = f"{weighted} of {positions} positions weighed"
    (top, _), (three, _) = _share(get, "top_1"), _share(get, "top_3")
    (active, active_ends), (owned, _) = _share(get, "active_share"), _share(get, "owned")
    inside, inside_ends = _dollars(get)
    over = get.get("above_5_pct")
    out: list[tuple[str, str, str, str | None]] = [
        (
            "Effective number of positions",
            _figure(get, "effective_number", "effective"),
            _range(get.get("effective_low"), get.get("effective_high"))
            if get.get("effective_number") is not None
            else counts,
            _number(real.get("effective_number")),
        ),
        (
            "Largest position",
            top,
            largest if get.get("top_1_pct") is not None else counts,
            theme.share(real.get("top_1_pct")),
        ),
        ("Three largest", three, counts, theme.share(real.get("top_3_pct"))),
        (
            "HHI (0 to 1)",
            _figure(get, "hhi", "hhi", 2),
            _range(get.get("hhi_low"), get.get("hhi_high"), 2) if get.get("hhi") is not None else counts,
            _number(real.get("hhi"), 2),
        ),
        (
            "5/10/40 test of funds",
            test(card) or "unknown",
            f"over 5 % each: {theme.share(over)}" if over is not None else counts,
            test(fund),
        ),
        ("Coverage by count", theme.share(get.get("count_pct")), f"owned by value: {owned}", None),
        ("Active share", active, active_ends or "against the set, by value", None),
        ("AI in US$100 of its stock", inside, inside_ends, None),
    ]
    return [
        {"name": title, "big": big, "note": note, "yardstick": beside(real_words)}
        for title, big, note, real_words in out
    ]


def _verdict(card: Mapping[str, Any] | None, holder: str, positions: int) -> str:
    if not card:
        return f"{holder} has {theme.count(positions, 'position')}"
    said = {"yes": "Yes", "no": "No", "in part": "In part"}.get(str(card.get("verdict")), "Unknown")
    finding = str(card.get("finding") or "").rstrip(".")
    finding = finding.removeprefix(f"{said}: ")  # the library's own sentence begins with the verdict
    verb = "Are" if holder.endswith(" funds") else "Is"
    return f"{verb} {holder} the China AI ETF? {said}" + (f": {finding}" if finding else "")


def _field(card: Mapping[str, Any] | None) -> str:
    """The start-ups that coverage is of, in the words of the card."""
    if not card or not card.get("scope") or not card.get("universe"):
        return "start-ups tracked"
    return field_words(str(card["universe"]), str(card["scope"]), card.get("threshold_usd_m"))


def _marks(card: Mapping[str, Any] | None) -> str:
    """The day of the market value, and what kinds of value stand against it."""
    if not card or not card.get("market_cap_date"):
        return ""
    words = f"; market value of {theme.date_words(card['market_cap_date'], 'day')}"
    shares = (("market_pct", "market prices"), ("round_pct", "prices of rounds"), ("stale_pct", "older than 180 days"))
    kinds = [f"{theme.share(card[name])} {kind}" for name, kind in shares if card.get(name)]
    return words + (f" against values of which {', '.join(kinds)}" if kinds else "")


@_spec.signed
def fact_sheet(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    card: Mapping[str, Any] | None = None,
    fund: Mapping[str, Any] | None = None,
    weighting: str | None = None,
    holder: str | None = None,
    universe: str | None = None,
    note: str | None = None,
) -> alt.LayerChart:
    """Draw a fact sheet: verdict, eight numbers with their intervals beside a real fund's, then the ten largest positions.

    Parameters
    ----------
    frame
        Positions as `aitracker.ownership.holdings` gives them, by the weighting asked for.
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
    card
        The row of `aitracker.ownership.scorecard` of this investor, policy and weighting.
    fund
        The row of the real fund that stands beside it.
    weighting
        "value", "cost", "cash" or "count"; without, what the frame says.
    holder
        Another name for the investor than the frame's.
    universe
        Other words for the start-ups that coverage is of than the card's.
    note
        A counterfactual in words, for the subtitle.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `accent`, `top`, `tiles`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "fact_sheet")
    weighting = _holder.weighting(frame, weighting)
    words, who = check_weighting(weighting), _holder.holder(frame, holder)
    field = universe or _field(card)
    positions = position_rows(frame, weighting)
    rows: list[dict[str, Any]] = []
    if positions and card:
        rows = [{"tile": i, **t} for i, t in enumerate(tiles(card, fund, positions[0]["name"]))]
    rows += positions[:TOP]
    under = ""
    if card and card.get("holds_under") is not None and card.get("policies"):
        under = f"holds under {card['holds_under']} of {card['policies']} rules for choosing among claims"
        sets = card.get("holds_in")
        under += "; " if sets is None else f" and in {sets} of {card['scopes']} nested sets of start-ups; "
    dated = (
        f"; the fund's weights are of {theme.date_words(fund['as_of'], 'day')}" if fund and fund.get("as_of") else ""
    )
    more = [f"{theme.count(len(positions) - TOP, 'smaller position')} not drawn"] if len(positions) > TOP else []
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": _verdict(card, who.name, len(positions)) if positions else theme.EMPTY,
            "subtitle": _spec.with_lens(
                f"Verdict {under}weights by {words}, coverage of the {field}{_marks(card)}; below, the largest positions"
                + dated
                + (
                    _holder.stale_words([r for r in positions if r["value"] is not None])
                    if weighting == "value"
                    else ""
                )
                + (f" · {note}" if note else ""),
                lens,
            ),
            "footer": _spec.footer(sources, theme.count(len(positions), "position"), version, more),
            "message": "" if positions else theme.EMPTY,
            "accent": who.colour,
            "top": _bars.top_of(positions[:TOP]),
            "tiles": sum("tile" in r for r in rows),
        },
    )
