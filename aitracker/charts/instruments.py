"""What start-ups were paid in, how much of it can come back, and what credits were worth."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, theme
from aitracker.charts._intervals import interval_template, nice_ticks
from aitracker.charts.theme import Mode, Width

NEEDED: Final = ("instrument", "amount_usd_m", "amount_low_usd_m", "amount_high_usd_m", "rounds", "rounds_unknown")
SHARES: Final = ("label", "committed_usd_m", "share_low_pct", "share_high_pct", "split")
MOST_NAMES: Final = 6  # start-ups named in a row that stands for several
KINDS: Final = ("known amounts", "lowest to highest", "with unstated ones")


@_spec.kept
def _mix_template(mode: Mode, width: Width) -> alt.LayerChart:
    blue, ink, grey = theme.SLOTS[mode]["blue"], theme.INK[mode], theme.UNKNOWN[mode]
    tips = {
        "label": "Given as",
        "amount_words": "Known amounts",
        "interval_words": "Between",
        "far_words": "At most",
        "rounds": "Rounds",
        "rounds_unknown": "of them, amount unknown",
    }
    legend = {
        "shape": "['square', 'M-1,0L1,0', 'M-1,0L1,0'][datum.i]",
        "fill": f"datum.i ? 'transparent' : '{blue}'",
        "fillOpacity": f"{theme.PALE}",
        "stroke": f"['{blue}', '{ink}', '{grey}'][datum.i]",
        "strokeDash": "datum.i == 2 ? [4, 3] : [1, 0]",
    }
    return interval_template(mode, width, tips, KINDS, legend)


def _far(row: Mapping[str, Any]) -> float | None:
    return _spec.number(row.get("bound_high_usd_m"))


def _mix_title(rows: Sequence[Mapping[str, Any]], about: str) -> str:
    """Say how much was cash for sure, or that nobody says what was given."""
    main = [r for r in rows if not r.get("part_of")]
    everything = sum(_spec.number(r["amount_usd_m"]) or 0.0 for r in main)
    named = {r["instrument"]: r for r in main}
    dark = sum(int(r["rounds_unknown"] or 0) for r in main)
    cheques = sum(int(r["rounds"] or 0) for r in main)
    whose = f"Of {about}'s money" if about else "Of the money"
    if "cloud-credit" in named:
        credit = named["cloud-credit"]
        low, high = (_spec.number(credit[f"amount_{end}_usd_m"]) for end in ("low", "high"))
        return (
            f"{whose} with a known size ({theme.money(everything)}), {theme.money_range(low, high)} was cloud credit; "
            f"the size is unknown for {dark} of {cheques} cheques"
        )
    open_ = sum(_spec.number(named[i]["amount_usd_m"]) or 0.0 for i in ("mixed", "unknown") if i in named)
    if everything <= 0:
        return f"{whose} nobody says how much was given, in any instrument"
    if open_ <= 0:
        return f"{whose} with a known size ({theme.money(everything)}), sources say what all of it was given in"
    return (
        f"{whose} with a known size ({theme.money(everything)}), nobody says what "
        f"{theme.share(100 * open_ / everything)} was given in"
    )


@_spec.signed
def instrument_mix(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    about: str = "",
    n: str | None = None,
) -> alt.LayerChart:
    """Draw how much was given in each instrument, with intervals; what nobody knows is hatched, never folded into cash.

    Parameters
    ----------
    frame
        As of :func:`aitracker.instrument_summary`: a row an instrument with `instrument`, `amount_usd_m` (null: no
        amount known), `amount_low_usd_m`, `amount_high_usd_m`, `rounds`, `rounds_unknown`, and where there are
        `bound_high_usd_m` (with cheques of unknown size) and `part_of` (the row lies within that one).
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
    about
        Whose money it is, for the title; without it, the one name in the column `investor`, where there is one.
    n
        What the footer counts, in words; without it, cheques.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `x_from`, `x_to`, `ticks`, `one`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "instrument_mix")
    raw = list(frame.iter_rows(named=True))
    told = _told.told(frame)
    about = about or _told.name(frame, "investor")
    top = max(
        (_spec.number(v) or 0.0 for r in raw for v in (r["amount_usd_m"], r["amount_high_usd_m"], _far(r))), default=0.0
    )
    rows = []
    for i, r in enumerate(raw):
        amount = _spec.number(r["amount_usd_m"])
        low, high, far = (_spec.number(r["amount_low_usd_m"]), _spec.number(r["amount_high_usd_m"]), _far(r))
        unknown = r["instrument"] in {"unknown", "mixed"}
        inside = f"within {theme.label(str(r['part_of'])).lower()}: " if r.get("part_of") else ""
        name = theme.label(str(r["instrument"]))
        name = {"unknown": "Nobody says", "mixed": "Several, split unknown"}.get(str(r["instrument"]), name)
        dark = int(r["rounds_unknown"] or 0)
        more = f" + {dark} unknown" if dark else ""
        rows.append(
            {
                "row": f"{i:02d}",
                "label": inside + (name.lower() if inside else name),
                "words": f"{theme.money(amount)}{more}"
                if amount is not None
                else theme.count(dark, "cheque") + " unknown" + (f", at most {theme.money(far)}" if far else ""),
                "colour": "unknown" if unknown else theme.entity_colour(str(r["instrument"])),
                "start": 0.0,
                "end": amount,
                "solid": False,
                "unknown": unknown,
                "low": low if amount is not None or low != high else None,
                "high": high,
                "far": far if far is not None and far > (high or amount or 0.0) else None,
                "dot": None,
                "amount_words": theme.money(amount),
                "interval_words": theme.money_range(low, high),
                "far_words": "no bound is known" if far is None else theme.money(far),
                "rounds": r["rounds"],
                "rounds_unknown": dark,
            }
        )  # fmt: skip
    cheques = sum(int(r["rounds"] or 0) for r in raw if not r.get("part_of"))
    return _spec.fill(
        _mix_template(mode, width),
        rows,
        {
            "title": told.headed(_mix_title(raw, about)) if rows else theme.EMPTY,
            "subtitle": _spec.with_lens(
                told.of(
                    f"Money for equity {told.raised}, by what was given, US$; credits at the face value that sources report."
                    " Hatched: nobody says, or nobody says in which parts"
                ),
                lens,
            ),
            "footer": _spec.footer(sources, n or theme.count(cheques, "cheque"), version),
            "x_from": 0,
            "x_to": 1.03 * top or 1,
            "ticks": nice_ticks(top),
            "one": None,
        },
    )


@_spec.kept
def _share_template(mode: Mode, width: Width) -> alt.LayerChart:
    blue, grey, ink = theme.SLOTS[mode]["blue"], theme.UNKNOWN[mode], theme.INK[mode]
    tips = {
        "label": "Between",
        "committed_words": "Committed",
        "share_words": "Can come back",
        "rests_words": "How firm",
        "whole_words": "With cheques that nobody states",
        "escrow_words": "With money said to be ring-fenced",
        "split": "Division known",
        "ceiling_words": "At most, of the segment's revenue",
        "ceiling_note": "Assumed draw-down",
        "purchase_words": "Purchases promised",
    }
    kinds = ("can come back", "if ring-fenced too", "division unknown")
    legend = {
        "shape": "['square', 'M-1,0L1,0', 'square'][datum.i]",
        "fill": f"['{blue}', 'transparent', '{grey}'][datum.i]",
        "fillOpacity": f"datum.i == 2 ? 0.3 : {theme.PALE}",
        "stroke": f"['{ink}', '{grey}', '{grey}'][datum.i]",
        "strokeDash": "datum.i == 1 ? [4, 3] : [1, 0]",
    }
    return interval_template(mode, width, tips, kinds, legend, axis="share")


def _share_title(raw: Sequence[Mapping[str, Any]]) -> str:
    own = [r for r in raw if r.get("kind") != "comparator"]
    known = [r for r in own or raw if r["share_low_pct"] is not None]
    if not known:
        whose = {str(r["investor"]) for r in own if r.get("investor")}
        deals = f"{whose.pop()}'s deals" if len(whose) == 1 else "these deals"
        return f"For none of {deals} does a source say how much could come back"
    first = next((r for r in known if r["split"] in {"known", "partly"}), known[0])
    low, high = (_spec.number(first[f"share_{end}_pct"]) for end in ("low", "high"))
    between = theme.share(low) if low == high else f"{theme.share(low)} to {theme.share(high)}"
    name = str(first["label"]).replace(" - ", " and ")
    amount = theme.money(_spec.number(first["committed_usd_m"]))
    rests = _told.rests(first)
    said = f"; this {rests}" if rests else ", as far as sources say"
    return f"{name}: {between} of {amount} can come back as revenue{said}"


def _together(raw: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the deals of one investor of which no cheque is public into one row, at the place of the first."""
    out: list[dict[str, Any]] = []
    dark: dict[str, dict[str, Any]] = {}
    for r in raw:
        if r["share_low_pct"] is not None or r.get("startup") is None:
            out.append(dict(r))
            continue
        whose = str(r.get("investor"))
        if whose not in dark:
            dark[whose] = {**r, "names": []}
            out.append(dark[whose])
        dark[whose]["names"].append(str(r["startup"]).split(" (", maxsplit=1)[0])
    for r in dark.values():
        names = r["names"]
        if len(names) > 1:
            some = ", ".join(names[:MOST_NAMES]) + (", and others" if len(names) > MOST_NAMES else "")
            r["label"] = f"{r['investor']} - {len(names)} more: {some}"
    return out


@_spec.signed
def returnable_share(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    n: str | None = None,
) -> alt.LayerChart:
    """Draw the share of an investor's money that can come back as revenue, as an interval a deal.

    Parameters
    ----------
    frame
        As of :func:`aitracker.returnable_money`: `label`, `committed_usd_m`, `share_low_pct`, `share_high_pct` (null:
        no source states a cheque), `split`, and where there are `share_high_escrow_pct`, `ceiling_low_pct`,
        `ceiling_high_pct`, `quarters`, `purchase_usd_m`, `rounds`, `rounds_resting` (what a share rests on), `whole_low_pct`,
        `whole_high_pct`.
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
        What the footer counts, in words; without it, rows.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `x_from`, `x_to`, `ticks`, `one`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, SHARES, "returnable_share")
    raw = _together(list(frame.iter_rows(named=True)))
    # Comparators stand beside the deals asked for and are named by their labels.
    told = _told.told(frame, [r for r in raw if r.get("kind") != "comparator"])
    rows = []
    for i, r in enumerate(raw):
        low, high = (_spec.number(r[f"share_{end}_pct"]) for end in ("low", "high"))
        escrow = _spec.number(r.get("share_high_escrow_pct"))
        ceiling = [_spec.number(r.get(f"ceiling_{end}_pct")) for end in ("low", "high")]
        dark = r["split"] == "unknown"
        between = theme.share(low) if low == high else f"{theme.share(low)} to {theme.share(high)}"
        amount = theme.money(_spec.number(r["committed_usd_m"]))
        words = (
            "cheques not public" if low is None else f"division unknown, {amount}" if dark else f"{between} of {amount}"
        )
        rests = _told.rests(r)
        whole = [_spec.number(r.get(f"whole_{end}_pct")) for end in ("low", "high")]
        rows.append(
            {
                "row": f"{i:03d}",
                "label": str(r["label"]).replace(" - ", " \u2013 "),
                "words": f"{words}, {rests}" if rests and low is not None else words,
                "colour": theme.entity_colour(str(r.get("investor_id") or "")),
                "start": 0.0 if low is None else low,
                "end": 100.0 if low is None else high,
                "solid": False,
                "unknown": low is None or dark,
                "low": None if dark else low,
                "high": None if dark else high,
                "far": escrow if escrow is not None and escrow > (high or 0.0) and not dark else None,
                "dot": None,
                "committed_words": amount,
                "share_words": "unknown" if low is None or dark else between,
                "whole_words": "unknown"
                if None in whole
                else " to ".join(dict.fromkeys(map(theme.share, whole))),
                "rests_words": rests or "rests on every round",
                "escrow_words": "no source says so" if escrow is None else f"up to {theme.share(escrow)}",
                "split": r["split"],
                "ceiling_words": "unknown"
                if ceiling[1] is None
                else theme.share(ceiling[1])
                if ceiling[0] == ceiling[1]
                else f"{theme.share(ceiling[0])} to {theme.share(ceiling[1])}",
                "ceiling_note": f"{r['quarters']} quarters, evenly" if r.get("quarters") else "unknown",
                "purchase_words": theme.money(_spec.number(r.get("purchase_usd_m"))),
            }
        )  # fmt: skip
    return _spec.fill(
        _share_template(mode, width),
        rows,
        {
            "title": told.headed(_share_title(raw)) if rows else theme.EMPTY,
            "subtitle": _spec.with_lens(
                "Share of the money committed that was given in kind or ring-fenced for the investor's own services,"
                " per cent; cheques of unknown size are left out of the shares",
                lens,
            ),
            "footer": _spec.footer(sources, n or theme.count(len(rows), "row"), version),
            "x_from": 0,
            "x_to": 103,
            "ticks": [0, 25, 50, 75, 100],
            "one": None,
        },
    )
