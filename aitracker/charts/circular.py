"""Money out and purchases back: deals in which the investor also sells to the start-up."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, theme
from aitracker.charts.theme import Mode, Width

STEP: Final = 84
SIDE: Final = "clamp(room * 0.19, 84, 128)"  # pixels of the names on each side
NEEDED: Final = ("investor", "startup", "committed_usd_m", "returnable_low_usd_m", "returnable_high_usd_m", "split")


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    ink, muted, grey = theme.INK[mode], theme.MUTED[mode], theme.UNKNOWN[mode]
    scale = alt.Scale(domain=[0, 1], nice=False, range=[alt.ExprRef(SIDE), alt.ExprRef(f"width - ({SIDE})")])
    y = alt.Y(field="row", type="nominal", sort="ascending", axis=None)
    tips = {
        "investor": "Investor",
        "startup": "Start-up",
        "out_words": "Money out",
        "out_interval": "Between",
        "back_words": "Back",
        "rounds": "Rounds",
        "rounds_unknown": "of them, cheque unknown",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    base = alt.Chart()

    def x(field: str) -> alt.X:
        return alt.X(field=field, type="quantitative", axis=None, scale=scale)

    layers: list[alt.Chart] = []
    # The upper arrow goes to the start-up, the lower one comes back.
    for name, lift, tail, head, turn in (("out", -8, 0.02, 0.98, 90), ("back", 16, 0.98, 0.02, 270)):
        rows = base.transform_calculate(tail=str(tail), head=str(head))
        for known in (True, False):
            some = rows.transform_filter(f"{'' if known else '!'}isValid(datum.{name})")
            hue = alt.ExprRef("palette[datum.colour]") if known else grey
            width_ = f"datum.{name}_width" if known else "1.4"
            layers.append(
                some.mark_rule(
                    yOffset=lift,
                    color=hue,
                    strokeWidth=alt.ExprRef(width_),
                    strokeDash=[1, 0] if known else list(theme.DASH),
                    opacity=0.85 if name == "out" else 0.55,
                ).encode(x=x("tail"), x2=alt.X2(field="head"), y=y, tooltip=tooltip)
            )
            layers.append(
                some.mark_point(
                    shape="triangle",
                    angle=turn,
                    yOffset=lift,
                    filled=True,
                    color=hue,
                    opacity=1,
                    size=alt.ExprRef(f"90 + 26 * {width_}"),
                ).encode(x=x("head"), y=y, tooltip=tooltip)
            )
        layers.append(
            rows.mark_text(
                text=alt.ExprRef(f"datum.{name}_label"),
                x=alt.ExprRef("width / 2"),
                yOffset=alt.ExprRef(f"{lift} - 6 - datum.{name}_width / 2" if name == "out" else f"{lift} + 8 + datum.{name}_width / 2"),
                baseline="bottom" if name == "out" else "top",
                fontSize=11,
                color=ink if name == "out" else muted,
                limit=alt.ExprRef(f"width - 2 * ({SIDE}) + 30"),
                tooltip=None,
            ).encode(y=y)
        )  # fmt: skip
    ends: Final[tuple[tuple[str, str, Literal["left", "right"]], ...]] = (
        ("investor", f"{SIDE} - 8", "right"),
        ("startup", f"width - ({SIDE}) + 10", "left"),
    )
    for field, at, align in ends:
        layers.append(
            base.mark_text(
                text=alt.ExprRef(f"datum.{field}_label"),
                x=alt.ExprRef(at),
                yOffset=4,
                align=align,
                baseline="middle",
                fontSize=12,
                fontWeight=600,
                limit=alt.ExprRef(f"{SIDE} - 12"),
                tooltip=None,
            ).encode(y=y)
        )
    return _spec.template(layers, mode=mode, width=width, height=alt.Step(STEP), left=0, above="6", below=10)


def _short(name: object) -> str:
    return theme.label(str(name)).split(" (", maxsplit=1)[0].split(" / ", maxsplit=1)[0]


def _back(row: Mapping[str, Any]) -> tuple[float | None, str]:
    """What comes back, as a size for the arrow and in words."""
    bought = _spec.number(row.get("purchase_usd_m"))
    low, high = (_spec.number(row[f"returnable_{end}_usd_m"]) for end in ("low", "high"))
    if bought is not None:
        return bought, f"purchases promised: {theme.money(bought)}"
    undivided = row.get("rounds_undivided", 0 if row["split"] == "known" else 1)
    rests = _told.rests(row)
    more = f" ({rests})" if rests else ""
    if high == 0:
        return None, f"back: nothing in kind, as far as cheques are stated{more}"
    if row["split"] in {"known", "partly"} and high is not None:
        return (None if undivided else high), f"can come back: {theme.money_range(low, high)}{more}"
    return None, "back: no figure for it"


@_spec.signed
def circular_deals(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    n: str | None = None,
) -> alt.LayerChart:
    """Draw the money that an investor put in, and what the start-up buys from it, as two arrows a deal.

    Parameters
    ----------
    frame
        As of :func:`aitracker.returnable_money`: `investor`, `startup` (null: all of them; not drawn),
        `committed_usd_m` (null: no cheque is stated), `returnable_low_usd_m`, `returnable_high_usd_m`, `split`, and
        where there are `rounds_resting`, `rounds_undivided` (without it, what `split` says),
        `purchase_usd_m`, `committed_low_usd_m`, `committed_high_usd_m`, `rounds`, `rounds_unknown`.
        Deals without any figure are not drawn; the footer counts them.
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
    n
        What the footer counts, in words; without it, deals.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`. An arrow's width grows with the square
        root of its amount; a dashed arrow has no figure.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "circular_deals")
    deals = [r for r in frame.iter_rows(named=True) if r["startup"] is not None]
    drawn = [r for r in deals if _spec.number(r["committed_usd_m"]) is not None or _back(r)[0] is not None]
    drawn.sort(key=lambda r: -(_spec.number(r["committed_usd_m"]) or 0.0))
    sizes = [v for r in drawn for v in (_spec.number(r["committed_usd_m"]), _back(r)[0]) if v is not None]
    top = max(sizes, default=1.0) or 1.0

    def wide(value: float | None) -> float:
        return 1.4 if value is None else round(1.5 + 10 * (max(value, 0.0) / top) ** 0.5, 2)

    rows: list[dict[str, object]] = []
    for i, r in enumerate(drawn):
        out, (back, words) = _spec.number(r["committed_usd_m"]), _back(r)
        low, high = (_spec.number(r.get(f"committed_{end}_usd_m")) for end in ("low", "high"))
        dark = int(r.get("rounds_unknown") or 0)
        more = f" + {dark} unknown" if dark else ""
        rows.append(
            {
                "row": f"{i:03d}",
                "investor": r["investor"],
                "startup": r["startup"],
                "investor_label": _short(r["investor"]),
                "startup_label": _short(r["startup"]),
                "colour": theme.entity_colour(str(r.get("investor_id") or r["investor"])),
                "out": out,
                "back": back,
                "out_width": wide(out),
                "back_width": wide(back),
                "out_label": f"put in: {theme.money(out)}{more}",
                "back_label": words,
                "out_words": f"{theme.money(out)}{more}",
                "out_interval": theme.money_range(low, high),
                "back_words": words,
                "rounds": r.get("rounds"),
                "rounds_unknown": dark,
            }
        )
    both = sum(r["purchase_usd_m"] is not None for r in drawn if "purchase_usd_m" in r)
    left_out = len(deals) - len(drawn)
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": f"What was put in, and what can flow back, in {theme.count(len(rows), 'deal')}; how much is to be bought"
            f" from the investor is stated for {both}"
            if rows
            else theme.EMPTY,
            "subtitle": _spec.with_lens(
                "Upper arrow: money committed, US$; lower arrow: purchases or credits that flow back. Dashed: no figure", lens
            ),
            "footer": _spec.footer(
                sources,
                n or theme.count(len(rows), "deal"),
                version,
                [f"{theme.count(left_out, 'deal')} without a figure not drawn"] if left_out else [],
            ),
        },
    )  # fmt: skip
