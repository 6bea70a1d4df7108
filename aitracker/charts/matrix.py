"""Investors by start-ups: who put how much into whom, and where nobody says how much."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, theme
from aitracker.charts.theme import Mode, Width

STEP: Final = 24
NEEDED: Final = ("investor", "startup", "amount_usd_m")
SIDE: Final = "clamp(room * 0.26, 92, 214)"  # pixels of the investors' names
KINDS: Final = ("more", "less", "took part, amount unknown")


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    blue, ink = theme.SLOTS[mode]["blue"], theme.INK[mode]
    column = f"((width - ({SIDE})) / max(columns, 1))"
    middle = f"({SIDE} + {column} * (datum.column + 0.5))"
    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)
    tips = {
        "investor": "Investor",
        "startup": "Start-up",
        "amount_words": "Amount",
        "interval_words": "Between",
        "stated_words": "Stated by a source",
        "rounds": "Rounds",
        "rounds_counted": "of them, in the sums",
        "rounds_unknown": "of these, part unknown",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    cells = alt.Chart().transform_filter("datum.part == 'cell'")
    scale = alt.Scale(
        domain=alt.ExprRef("[0, max(columns, 1)]"), nice=False, range=[alt.ExprRef(SIDE), alt.ExprRef("width")]
    )
    ends: dict[str, Any] = {
        "x": alt.X(field="left", type="quantitative", axis=None, scale=scale),
        "x2": alt.X2(field="right"),
        "y": y,
        "tooltip": tooltip,
    }
    cells = cells.transform_calculate(left="datum.column + 0.02", right="datum.column + 0.98")
    box: dict[str, Any] = {"height": STEP - 2, "cornerRadius": 2, "strokeWidth": 0.7}
    known = (
        cells.transform_filter("isValid(datum.amount)")
        .mark_rect(fill=blue, fillOpacity=alt.ExprRef("datum.depth"), stroke=blue, **box)
        .encode(**ends)
    )
    unknown = (
        cells.transform_filter("!isValid(datum.amount)")
        .mark_rect(fill=theme.hatch(mode, 5), stroke=theme.UNKNOWN[mode], **box)
        .encode(**ends)
    )
    # Written where the cell is wide enough; on a deep cell in the colour of the background.
    numbers = (
        cells.transform_filter("isValid(datum.amount)")
        .mark_text(
            text=alt.ExprRef(f"{column} > 34 ? datum.short : ''"),
            x=alt.ExprRef(middle),
            fontSize=10,
            color=alt.ExprRef(f"datum.depth > 0.55 ? '{theme.BACKGROUND[mode]}' : '{ink}'"),
            tooltip=None,
        )
        .encode(y=y)
    )
    rows = alt.Chart().transform_filter("datum.part == 'investor'")
    names = rows.mark_text(
        text=alt.ExprRef("datum.label"),
        x=alt.ExprRef(f"{SIDE} - 6"),
        align="right",
        baseline="middle",
        fontSize=11,
        limit=alt.ExprRef(f"{SIDE} - 8"),
        tooltip=None,
    ).encode(y=y)
    # Names of the start-ups stand in as many lines as keep them apart, each with a leader to its column.
    levels = f"clamp(ceil(86 / {column}), 1, 7)"
    level = f"(datum.column % {levels})"
    heads = alt.Chart().transform_filter("datum.part == 'startup'")
    lift = f"(-8 - 14 * ({levels} - 1 - {level}))"
    head = heads.mark_text(
        text=alt.ExprRef("datum.label"),
        x=alt.ExprRef(f"clamp({middle}, 44, width - 44)"),
        y=alt.ExprRef(lift),
        align="center",
        baseline="middle",
        fontSize=11,
        limit=92,
        tooltip=None,
    )
    mid = alt.X(field="mid", type="quantitative", axis=None, scale=scale)
    heads = heads.transform_calculate(mid="datum.column + 0.5")
    leaders = heads.mark_rule(color=theme.MUTED[mode], strokeWidth=0.6, tooltip=None).encode(
        x=mid, y=alt.YValue(alt.ExprRef(f"{lift} + 6")), y2=alt.Y2Value(0)
    )
    grid = heads.mark_rule(color=theme.GRID[mode], strokeWidth=1, tooltip=None).encode(
        x=mid, y=alt.YValue(0), y2=alt.Y2Value(alt.ExprRef("height"))
    )
    entries = alt.Chart(alt.sequence(len(KINDS), as_="i")).transform_calculate(
        name="['" + "', '".join(KINDS) + "'][datum.i]", longest=str(max(map(len, KINDS))), entries=str(len(KINDS))
    )
    grey = theme.UNKNOWN[mode]
    legend = _spec.legend_layers(
        entries,
        0,
        fill=alt.ExprRef(f"datum.i == 2 ? '{grey}' : '{blue}'"),
        stroke=alt.ExprRef(f"datum.i == 2 ? '{grey}' : '{blue}'"),
        fillOpacity=alt.ExprRef("[0.95, 0.2, 0.3][datum.i]"),
    )
    above = f"14 * {levels} + 10 + {_spec.legend_height(str(len(KINDS)), str(max(map(len, KINDS))))}"
    # The legend stands over the names of the start-ups.
    for layer in legend:
        layer.mark["yOffset"] = alt.ExprRef(f"-(14 * {levels} + 8)")
    layers = [grid, leaders, known, unknown, numbers, names, head, *legend]
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(STEP), left=0, above=above, below=10)


def _short(usd_m: float) -> str:
    """Write an amount for a cell: without the sign of the dollar, which the subtitle says."""
    return theme.money(usd_m).removeprefix("US$")


def _title(frame: pl.DataFrame, told: _told.Told) -> str:
    dark = frame["amount_usd_m"].null_count()
    of = f"for {dark:,} of {theme.count(frame.height, 'pair')} of investor and start-up nobody says how much"
    known = frame.filter(pl.col("amount_usd_m") > 0, pl.col("investor") != "unknown")
    if known.is_empty():
        return of[0].upper() + of[1:]
    best = known.sort("amount_usd_m", descending=True, nulls_last=True).row(0, named=True)
    amount = theme.money(best["amount_usd_m"])
    what = "The largest flow is" if told.sure else f"The largest sum {told.raised} is"
    return f"{what} {best['investor']} into {best['startup']}, about {amount}; {of}"


@_spec.signed
def investor_matrix(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    most: int = 18,
    most_startups: int = 12,
    n: str | None = None,
) -> alt.LayerChart:
    """Draw investors (rows) by start-ups (columns), both ordered by money: deeper is more, hatched is unknown.

    Parameters
    ----------
    frame
        `investor`, `startup`, `amount_usd_m` (null: the investor took part, with an amount that nobody states or
        implies), and where there are `amount_low_usd_m`, `amount_high_usd_m`, `stated_usd_m`, `rounds`,
        `rounds_counted`, `rounds_unknown`, `status`, `universe`. An empty cell: no part in any round is known. A row a pair.
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
    most, most_startups
        Rows and columns drawn, the largest; the footer counts the rest.
    n
        What the footer counts, in words; without it, investors and start-ups.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `columns`. The depth of a cell grows with
        the square root of its amount.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "investor_matrix")

    def order(column: str, k: int) -> list[str]:
        sums = (
            frame.with_columns(pl.col(column).fill_null("unknown"))
            .group_by(column, maintain_order=True)
            .agg(pl.col("amount_usd_m").sum(), n=pl.len())
            .sort(pl.col(column) == "unknown", -pl.col("amount_usd_m"), -pl.col("n").cast(pl.Int64), column)
        )
        names = [str(v) for v in sums[column]]
        kept = names if len(names) <= k else names[:k]
        return kept if "unknown" not in names or "unknown" in kept else [*kept[:-1], "unknown"]

    told = _told.told(frame)
    across, down = order("startup", most_startups), order("investor", most)
    cells: list[dict[str, Any]] = []
    largest = max((_spec.number(v) or 0.0 for v in frame["amount_usd_m"]), default=0.0) or 1.0
    for r in frame.iter_rows(named=True):
        investor, startup = ("unknown" if r[c] is None else str(r[c]) for c in ("investor", "startup"))
        if investor not in down or startup not in across:
            continue
        amount = _spec.number(r["amount_usd_m"])
        low, high = _spec.number(r.get("amount_low_usd_m")), _spec.number(r.get("amount_high_usd_m"))
        cells.append(
            {
                "part": "cell",
                "row": f"{down.index(investor):04d}",
                "column": across.index(startup),
                "investor": theme.label(investor),
                "startup": startup,
                "amount": amount,
                "depth": round(0.12 + 0.88 * (max(amount or 0.0, 0.0) / largest) ** 0.5, 3),
                "short": "" if amount is None else _short(amount),
                "amount_words": theme.money(amount),
                "interval_words": theme.money_range(low, high),
                "stated_words": theme.money(_spec.number(r.get("stated_usd_m"))),
                "rounds": r.get("rounds"),
                "rounds_counted": r.get("rounds_counted", r.get("rounds")),
                "rounds_unknown": r.get("rounds_unknown"),
            }
        )
    heads: list[dict[str, Any]] = [
        {"part": "investor", "row": f"{i:04d}", "label": _name(name)} for i, name in enumerate(down)
    ]
    heads += [{"part": "startup", "row": "0000", "column": i, "label": _name(name)} for i, name in enumerate(across)]
    investors, startups = frame["investor"].n_unique(), frame["startup"].n_unique()
    left_out = [
        f"{theme.count(total - len(kept), noun)} with less not drawn"
        for total, kept, noun in ((investors, down, "investor"), (startups, across, "start-up"))
        if total > len(kept)
    ]
    grain = f"{theme.count(investors, 'investor')}, {theme.count(startups, 'start-up')}"
    rows = cells + heads if cells else []
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": told.headed(_title(frame, told)) if cells else theme.EMPTY,
            "subtitle": _spec.with_lens(
                told.of(
                    f"Money {told.raised}, from investor to start-up, US$; stated parts and our split of the rest."
                    " Empty: no part known"
                ),
                lens,
            ),
            "footer": _spec.footer(sources, n or grain, version, left_out),
            "columns": len(across),
        },
    )


def _name(name: str) -> str:
    return theme.label(name).split(" (", maxsplit=1)[0]
