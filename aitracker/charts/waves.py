"""Two waves beside each other at equal age: whose money it was, as small multiples that share their axes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from aitracker.charts import _spec, _told, theme
from aitracker.charts._controls import wave_label
from aitracker.charts.theme import Mode, Width

HEIGHT: Final = 420
NEEDED: Final = (
    "wave",
    "by",
    "group",
    "age",
    "age_from",
    "share_pct",
    "share_low_pct",
    "share_high_pct",
    "bucket_usd_m",
)
HEAD: Final = 0.14  # parts of a panel's height: its name, then amount and n over each bar, then the bars
TOP: Final = 0.36
END: Final = 0.97


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    scale = alt.Scale(domain=alt.ExprRef("[0, max(columns, 1)]"), nice=False, zero=False)
    axis = alt.Axis(
        title=None,
        grid=False,
        domain=False,
        ticks=False,
        values=alt.ExprRef("sequence(0.5, columns, 1)"),
        labelExpr="message ? '' : ages[floor(datum.value)]",
        labelFlush=False,
        labelOverlap=False,
        labelPadding=4,
    )
    x = alt.X(field="left", type="quantitative", scale=scale, axis=axis)
    down = alt.Scale(domain=alt.ExprRef("[0, max(panels, 1)]"), nice=False, reverse=True)
    y = alt.Y(field="y0", type="quantitative", axis=None, scale=down)
    tips = {
        "wave_words": "Wave",
        "age_words": "Age of the start-up",
        "label": "Group",
        "share_words": "Share",
        "interval_words": "Between",
        "amount_words": "Amount",
        "rounds": "Rounds with this group",
        "startups": "Start-ups with this group",
    }
    tooltip = [alt.Tooltip(field=f, type="nominal", title=t) for f, t in tips.items()]
    bars = alt.Chart().transform_filter("datum.part == 'bar'")
    place: dict[str, Any] = {
        "x": x, "x2": alt.X2(field="right"), "y": y, "y2": alt.Y2(field="y1"), "tooltip": tooltip,
    }  # fmt: skip
    known = (
        bars.transform_filter("datum.label != 'Unknown'")
        .mark_rect(strokeWidth=0.6, stroke=theme.BACKGROUND[mode])
        .encode(fill=alt.Fill(field="hue", type="nominal", scale=None), **place)
    )
    unknown = (
        bars.transform_filter("datum.label == 'Unknown'")
        .mark_rect(strokeWidth=0.6, stroke=theme.UNKNOWN[mode], fill=theme.hatch(mode, 6))
        .encode(**place)
    )
    # The share in the bar where there is room for it.
    inside = (
        bars.transform_filter("datum.y1 - datum.y0 > 0.095 && datum.label != 'Unknown'")
        .transform_calculate(mid="(datum.left + datum.right) / 2", middle="(datum.y0 + datum.y1) / 2")
        .mark_text(
            fontSize=10,
            color=alt.ExprRef("luminance(datum.hue) > 0.3 ? 'black' : 'white'"),
            tooltip=None,
        )
        .encode(
            x=alt.X(field="mid", type="quantitative", scale=scale, axis=axis),
            y=alt.Y(field="middle", type="quantitative", axis=None, scale=down),
            text=alt.Text(field="share_words", type="nominal"),
        )
    )
    columns = alt.Chart().transform_filter("datum.part == 'column'")
    mid = alt.X(field="mid", type="quantitative", scale=scale, axis=axis)
    counts = columns.mark_text(
        text=alt.ExprRef("[datum.amount_words, datum.n_words]"),
        fontSize=10,
        lineHeight=12,
        baseline="bottom",
        dy=-14,
        color=theme.MUTED[mode],
        tooltip=None,
    ).encode(x=mid, y=y)
    panels = alt.Chart().transform_filter("datum.part == 'panel'")
    names = panels.mark_text(
        x=0, align="left", baseline="middle", fontSize=12, fontWeight=600, limit=alt.ExprRef("room - 8"), tooltip=None
    ).encode(y=y, text=alt.Text(field="wave_words", type="nominal"))
    entries = (
        alt.Chart()
        .transform_filter("datum.part == 'bar'")
        .transform_aggregate(groupby=["key", "label", "colour"])
        .transform_calculate(name="datum.label", chars="length(datum.label)")
        .transform_window(sort=[alt.SortField("key", order="ascending")], place="row_number()")
        .transform_joinaggregate(longest="max(chars)", entries="count()")
        .transform_calculate(i="datum.place - 1")
    )
    colour = alt.ExprRef("palette[datum.colour]")
    legend = _spec.legend_layers(entries, 0, fill=colour, stroke=colour)
    return _spec.template(
        [known, unknown, inside, counts, names, *legend],
        mode=mode,
        width=width,
        height=HEIGHT,
        left=0,
        above=_spec.legend_height("entries", "longest"),
        calculate={"hue": "palette[datum.colour]"},
    )


def _age_words(age: str, start: object) -> str:
    """Write a bucket of months in years: ``under 2``, ``4 to 6``, ``8 and more``."""
    if age == "all":
        return "all ages"
    if age == "unknown" or start is None:
        return "unknown"
    low = int(str(start)) / 12
    if age.endswith("+"):
        return f"{low:g}+ years"
    high = (int(age.split("-")[1]) + 1) / 12
    return f"{low:g}\u2013{high:g} years"


def _title(raw: Sequence[Mapping[str, Any]], by: str) -> str:
    """Set the share of the most telling group beside each other: foreign investors, else the first wave's largest."""
    whole: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for r in raw:
        if r["age"] == "all":
            whole[r["wave"]][str(r["group"])] = r
    home = list(whole)
    if not home:
        return "No share of any wave is known"
    known = [g for g in whole[home[0]] if g != "unknown"]
    if not known:
        return "For the first wave shown nobody named the investors"
    group = "foreign" if by == "country_group" else max(known, key=lambda g: whole[home[0]][g]["share_pct"] or 0.0)
    parts = []
    for wave in home:
        r = whole[wave].get(group, {})
        share, low, high = (_spec.number(r.get(c)) for c in ("share_pct", "share_low_pct", "share_high_pct"))
        between = f" ({theme.share(low)} to {theme.share(high)})" if low is not None and high is not None else ""
        about = {"foreign": f"the {_told.FOREIGN}"}.get(wave, theme.label(wave).lower())
        # A group without a row has no part that anybody knows of, which is not the same as none.
        parts.append(f"{theme.share(share)}{between} of {about}" if r else f"no known part of {about}")
    noun = {"foreign": "foreign investors"}.get(group, theme.label(group).lower())
    listed = ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
    buckets = [next(iter(groups.values())) for groups in whole.values()]
    rounds, dark = (sum(int(b.get(c) or 0) for b in buckets) for c in ("bucket_rounds", "bucket_rounds_unknown"))
    rests = f", as far as {rounds - dark:,} of {theme.count(rounds, 'round')} tell" if dark else ""
    said = f"About {listed} was money of {noun}{rests}{_homeless(whole) if group == 'foreign' else ''}"
    return said.replace("generative ai", "generative AI").replace("older ai", "older AI")


def _homeless(whole: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Say for how much of each wave's money nobody tells where its investor is at home, where that is much."""
    shares = [_spec.number(groups.get("unknown", {}).get("share_pct")) or 0.0 for groups in whole.values()]
    if max(shares, default=0.0) < 5:
        return ""
    listed = [theme.share(share) for share in shares]
    each = ", ".join(listed[:-1]) + (" and " if len(listed) > 1 else "") + listed[-1]
    return f"; the home of {each} of it is unknown"


def _narrower(frame: pl.DataFrame) -> str:
    """What narrows the money; the waves themselves are named in the title."""
    sets: list[str] = frame["universe"].drop_nulls().to_list() if "universe" in frame.columns else []
    return "; ".join(dict.fromkeys(["", *(s.partition("; ")[2] for s in sets if "; " in s)]))


@_spec.signed
def waves(
    frame: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    by: str = "country_group",
    n: str | None = None,
) -> alt.LayerChart:
    """Draw who paid for each wave, by age of the start-up at the round: a panel a wave, a bar an age, on shared axes.

    Parameters
    ----------
    frame
        As of :func:`aitracker.flows.waves`: `wave`, `by`, `group`, `age`, `age_from`, `share_pct`, `share_low_pct`,
        `share_high_pct` (0-100; null: no size known), `bucket_usd_m`, and where there are `window`, `amount_usd_m`,
        `rounds`, `startups`, `bucket_rounds`, `bucket_startups`.
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
    by
        Which grouping of the frame is drawn: `country_group` or `investor_type`.
    n
        What the footer counts, in words; without it, waves and rounds.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `title`, `subtitle`, `footer`, `message`, `entries`, `longest` (of the legend),
        `columns`, `ages`, `panels`.
    """
    _spec.check_mode(mode)
    _spec.require(frame, NEEDED, "waves")
    raw = [r for r in frame.iter_rows(named=True) if r["by"] == by and r["age"] != "unknown"]
    order = {w: i for i, w in enumerate(dict.fromkeys(r["wave"] for r in raw))}
    starts = {r["age"]: r["age_from"] for r in raw}
    ages = sorted(starts, key=lambda a: (a == "all", starts[a] if starts[a] is not None else 0))
    sums: dict[str, float] = defaultdict(float)
    for r in raw:
        sums[str(r["group"])] += (_spec.number(r["share_pct"]) or 0.0) if r["age"] == "all" else 0.0
    known = sorted((g for g in sums if g != "unknown"), key=lambda g: (-sums[g], g))
    colours = theme.group_colours([*known, *(["unknown"] if "unknown" in sums else [])])
    if by == "country_group":
        colours |= {g: theme.ENTITY_SLOTS.get(g.lower(), colours[g]) for g in known}
    rank = {g: f"{i:02d}" for i, g in enumerate([*known, "unknown"])}
    buckets: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for r in raw:
        buckets[r["wave"], r["age"]].append(r)
    rows: list[dict[str, object]] = []
    for wave, p in order.items():
        window = next((str(r["window"]) for r in raw if r["wave"] == wave and r.get("window")), "")
        years = f", {window.rstrip('-')}{' on' if window.endswith('-') else ''}" if window else ""
        words = wave_label(wave) + years
        rows.append({"part": "panel", "y0": p + HEAD / 2, "wave_words": words})
        for i, age in enumerate(ages):
            members = sorted(buckets.get((wave, age), []), key=lambda r: rank[str(r["group"])])
            drawn = [r for r in members if _spec.number(r["share_pct"])]
            if not members:
                continue
            whole = members[0]
            side = {"left": i + 0.06, "right": i + 0.94, "mid": i + 0.5}
            rows.append(
                {
                    "part": "column",
                    **side,
                    "y0": p + TOP,
                    "amount_words": theme.money(_spec.number(whole["bucket_usd_m"])),
                    "n_words": f"n\u00a0=\u00a0{whole.get('bucket_rounds', 'unknown')}",
                }
            )
            y = p + TOP
            for r in drawn:
                share = _spec.number(r["share_pct"]) or 0.0
                tall = (END - TOP) * share / 100
                low, high = (_spec.number(r[f"share_{end}_pct"]) for end in ("low", "high"))
                rows.append(
                    {
                        "part": "bar",
                        **side,
                        "y0": y,
                        "y1": y + tall,
                        "key": rank[str(r["group"])],
                        "label": theme.label(str(r["group"])),
                        "colour": colours[str(r["group"])],
                        "wave_words": words,
                        "age_words": _age_words(age, starts[age]),
                        "share_words": theme.share(share),
                        "interval_words": f"{theme.share(low)} to {theme.share(high)}",
                        "amount_words": theme.money(_spec.number(r.get("amount_usd_m"))),
                        "rounds": r.get("rounds"),
                        "startups": r.get("startups"),
                    }
                )
                y += tall
    labels = {str(r["label"]) for r in rows if r["part"] == "bar"}
    everything = sum(int(buckets[w, "all"][0].get("bucket_rounds") or 0) for w in order if (w, "all") in buckets)
    noun = {"country_group": "home of the investor", "investor_type": "type of investor"}.get(by, by)
    return _spec.fill(
        _template(mode, width),
        rows,
        {
            "title": _told.told(frame)._replace(universe=_narrower(frame)).headed(_title(raw, by))
            if rows
            else theme.EMPTY,
            "subtitle": _spec.with_lens(
                f"Share of the money raised by {noun}, by years from founding to the round, per cent;"
                " over each bar the money and the rounds in it; stated parts and our split",
                lens,
            ),
            "footer": _spec.footer(
                sources, n or f"{theme.count(len(order), 'wave')}, {theme.count(everything, 'round')}", version
            ),
            "entries": len(labels),
            "longest": max((len(w) for w in labels), default=0),
            "columns": len(ages),
            "ages": [_age_words(a, starts[a]) for a in ages],
            "panels": len(order),
        },
    )
