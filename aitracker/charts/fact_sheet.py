"""One page on an investor's holdings, as a fund's issuer would print it: the numbers that matter first, then the positions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _bars, _spec, theme
from aitracker.charts.holdings import NEEDED, TIPS, check_weighting, position_rows
from aitracker.charts.look_through import dollars
from aitracker.charts.theme import Mode, Width

TILE: Final = 166  # least width of a number with its words
TALL: Final = 86
TOP: Final = 10


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    legend, above = _bars.state_legend(mode)
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
    layers = [*tiles, *_bars.bar_layers(mode, TIPS), *legend]
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
    unsaid = get.get("look_through_usd") is None
    out: list[tuple[str, str, str, str | None]] = [
        (
            "Effective number of positions",
            _number(get.get("effective_number")),
            _range(get.get("effective_low"), get.get("effective_high")),
            _number(real.get("effective_number")),
        ),
        ("Largest position", theme.share(get.get("top_1_pct")), largest, theme.share(real.get("top_1_pct"))),
        ("Three largest", theme.share(get.get("top_3_pct")), counts, theme.share(real.get("top_3_pct"))),
        (
            "HHI (0 to 1)",
            _number(get.get("hhi"), 2),
            _range(get.get("hhi_low"), get.get("hhi_high"), 2),
            _number(real.get("hhi"), 2),
        ),
        (
            "5/10/40 test of funds",
            test(card) or "unknown",
            f"over 5 % each: {theme.share(get.get('above_5_pct'))}",
            test(fund),
        ),
        (
            "Coverage by count",
            theme.share(get.get("count_pct")),
            f"owned by value: {theme.share(get.get('owned_pct'))}",
            None,
        ),
        ("Active share", theme.share(get.get("active_share_pct")), "against all tracked, by value", None),
        (
            "AI in US$100 of its stock",
            "unknown" if unsaid else dollars(get.get("look_through_usd")),
            _range(get.get("look_through_low_usd"), get.get("look_through_high_usd")),
            None,
        ),
    ]
    return [
        {"name": title, "big": big, "note": note, "yardstick": beside(real_words)}
        for title, big, note, real_words in out
    ]


def _verdict(card: Mapping[str, Any] | None, holder: str) -> str:
    if not card:
        return f"{holder}: no positions to judge"
    said = {"yes": "Yes", "no": "No", "in part": "In part"}.get(str(card.get("verdict")), "Unknown")
    finding = str(card.get("finding") or "").rstrip(".")
    finding = finding.removeprefix(f"{said}: ")  # the library's own sentence begins with the verdict
    verb = "Are" if holder.endswith(" funds") else "Is"
    return f"{verb} {holder} the China AI ETF? {said}" + (f": {finding}" if finding else "")


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
    weighting: str = "value",
    holder: str = "Alibaba",
    universe: str = "unicorns",
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
        "value", "cost", "cash" or "count".
    holder
        Name of the investor.
    universe
        The start-ups that coverage is of, in words.
    note
        A counterfactual in words, for the subtitle.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `accent`, `top`, `tiles`.
    """
    _spec.check_mode(mode)
    words = check_weighting(weighting)
    _spec.require(frame, NEEDED, "fact_sheet")
    positions = position_rows(frame, weighting)
    rows: list[dict[str, Any]] = []
    if positions and card:
        rows = [{"tile": i, **t} for i, t in enumerate(tiles(card, fund, positions[0]["name"]))]
    rows += positions[:TOP]
    under = ""
    if card and card.get("holds_under") is not None and card.get("policies"):
        under = f"holds under {card['holds_under']} of {card['policies']} rules for choosing among claims; "
    dated = (
        f"; the fund's weights are of {theme.date_words(fund['as_of'], 'day')}" if fund and fund.get("as_of") else ""
    )
    more = [f"{theme.count(len(positions) - TOP, 'smaller position')} not drawn"] if len(positions) > TOP else []
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": _verdict(card, holder) if positions else theme.EMPTY,
            "subtitle": _spec.with_lens(
                f"Verdict {under}weights by {words}, coverage of the {universe}; below, the largest positions"
                + dated
                + (f" · {note}" if note else ""),
                lens,
            ),
            "footer": _spec.footer(sources, theme.count(len(positions), "position"), version, more),
            "message": "" if positions else theme.EMPTY,
            "accent": _bars.accent_of(holder),
            "top": _bars.top_of(positions[:TOP]),
            "tiles": sum("tile" in r for r in rows),
        },
    )
