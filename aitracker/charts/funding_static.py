"""The static twin of the funding chart: Vega-Lite itself filters and adds up, so a page needs no kernel."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import altair as alt
import polars as pl

from aitracker.charts import _columns, _spec, funding, theme
from aitracker.charts._controls import GROUPINGS, PERIODS, WAVES, controls, wave_label
from aitracker.charts.theme import Mode, Width
from aitracker.vocabulary import POLICIES

COLUMNS: Final[Mapping[str, str]] = {p: p.replace("-", "_") for p in POLICIES}
GROUP: Final = "parent"
NEEDED: Final = ("date", "wave", *GROUPINGS, *(f"amount__{c}" for c in COLUMNS.values()))


LIKE: Final = {"low": "amount", "stated": "amount", "total_high": "total_low"}
"""Figures that are mostly those of another one: a row then says so, and a page holds them once."""


def _under_policy(word: str) -> str:
    """Vega expression for a figure of a row under the policy chosen."""
    value = f"datum.{word}s"
    if word in LIKE:
        value = f"({value} === '=' ? datum.{LIKE[word]}s : {value})"
    return f"isArray({value}) ? {value}[indexof({list(POLICIES)}, policy)] : {value}"


def _from_rows(chart: alt.LayerChart | alt.Chart) -> Any:
    """Add the transforms from a row of a round to a row of period and group."""
    quarter = "3 * floor(utcmonth(datum.day) / 3)"
    money = theme.money_expr
    return (
        chart.transform_calculate(day="toDate(datum.date)")
        .transform_filter("isValid(datum.day) && time(datum.day) <= as_of && (wave == 'all' || datum.wave == wave)")
        .transform_filter("!datum.groups || indexof(datum.groups, grp) >= 0")
        .transform_calculate(
            start_ms=f"every == 'year' ? utc(utcyear(datum.day), 0, 1) : utc(utcyear(datum.day), {quarter}, 1)",
            end_ms=f"every == 'year' ? utc(utcyear(datum.day) + 1, 0, 1) : utc(utcyear(datum.day), {quarter} + 3, 1)",
            key="groups[by][datum[by]].key",
            colour="groups[by][datum[by]].colour",
            **{word: _under_policy(word) for word in ("amount", "low", "high", "stated", "total_low", "total_high")},
        )
        .transform_calculate(
            undisclosed="datum.amount === null ? 1 : 0",
            round="datum.startup + datum.date + datum.nth",
            part="by == 'startup' ? datum.amount : min(datum.stated, datum.amount)",
        )
        .transform_aggregate(
            amount="sum(amount)",
            stated="sum(part)",
            low="sum(low)",
            high="sum(high)",
            rounds="distinct(round)",
            total_low="sum(total_low)",
            total_high="sum(total_high)",
            bounded="valid(total_high)",
            undisclosed="sum(undisclosed)",
            groupby=["start_ms", "end_ms", "key", "colour"],
        )
        .transform_joinaggregate(
            low_="sum(total_low)", high_="sum(total_high)", bounds="sum(bounded)", groupby=["start_ms"]
        )
        .transform_calculate(
            total_low="datum.bounds ? datum.low_ : null", total_high="datum.bounds ? datum.high_ : null"
        )
        .transform_calculate(
            estimate="max(0, datum.amount - datum.stated)",
            label="slice(datum.key, 3)",
            s="datum.start_ms + 0.07 * (datum.end_ms - datum.start_ms)",
            e="datum.end_ms - 0.07 * (datum.end_ms - datum.start_ms)",
            period_words="utcFormat(datum.start_ms, every == 'year' ? '%Y' : 'Q%q %Y')",
            amount_words=money("datum.amount"),
            stated_words=money("datum.stated"),
            interval_words=f"({money('datum.low')}) + ' to ' + ({money('datum.high')})",
            total_words=f"({money('datum.total_low')}) + ' to ' + ({money('datum.total_high')})",
        )
    )


def _headlines(mode: Mode, nothing: alt.Chart, above: str) -> list[alt.Chart]:
    """The finding over the chart, from the sums of what is drawn, in the words of :func:`funding_flows`."""
    noun, verb = (json.dumps({g: funding.NOUNS[g][i] for g in GROUPINGS}) for i in (0, 1))
    first, whole = (f"({theme.money_expr(f'datum.{name}')})" for name in ("most", "whole"))
    share = f"({theme.share_expr('100 * datum.most / datum.whole')})"
    finding = (
        f"!datum.whole ? '{funding.NO_AMOUNT}' : datum.label == 'Unknown' ? "
        f"'For ' + {first} + ' of ' + {whole} + ' raised (' + {share} + ') the ' + {noun}[by] + ' is unknown' : "
        f"datum.label + ' ' + {verb}[by] + (datum.kinds == 1 ? ' all of the ' + {whole} : "
        f"' the most: ' + (datum.split ? 'about ' : '') + {first} + ' of ' + {whole} + ' (' + {share} + ')') + datum.split"
    )
    sums = (
        _from_rows(alt.Chart(alt.NamedData(name=_spec.ROWS)))
        .transform_aggregate(most="sum(amount)", told="sum(stated)", groupby=["label"])
        .transform_joinaggregate(whole="sum(most)", told="sum(told)", kinds="count()")
        .transform_filter("!test(regexp(' others$'), datum.label)")
        .transform_window(
            place="row_number()",
            sort=[alt.SortField("most", order="descending"), alt.SortField("label", order="ascending")],
        )
        .transform_filter("datum.place == 1 && !message")
        .transform_calculate(split="datum.told > 0.995 * datum.whole ? '' : ', by our split'")
        .transform_calculate(finding=f"(wave == 'foreign' ? 'Foreign comparators: ' : '') + ({finding})")
    )
    bases = (sums, nothing.transform_calculate(finding=f"'{theme.EMPTY}'"))
    told, empty = (_spec.headline_layer(base, mode, _columns.LEFT, above) for base in bases)
    return [told.properties(name="finding"), empty]


@_spec.kept
def _template(mode: Mode, width: Width) -> alt.LayerChart:
    words = {
        "period_words": "Period",
        "label": "Group",
        "amount_words": "Amount",
        "interval_words": "Between",
        "stated_words": "Stated by a source",
        "rounds": "Rounds",
    }
    first = "utc(utcyear(until), 3 * floor(utcmonth(until) / 3) - 3, 1)"
    after = "utc(utcyear(until), 3 * floor(utcmonth(until) / 3) + 3, 1)"
    band = (
        alt.Chart(alt.sequence(1))
        .transform_calculate(
            **{"from": f"every == 'year' ? utc(utcyear({first}), 0, 1) : {first}"},
            to=f"every == 'year' ? utc(utcyear({after} - 1) + 1, 0, 1) : {after}",
        )
        .transform_filter("datum.from <= as_of && datum.from < x_to && !message")
    )
    named = alt.NamedData(name=_spec.ROWS)
    layers = []
    for layer in _columns.stacked_layers(mode, words):
        own, layer.transform = layer.transform, alt.Undefined
        layer = _from_rows(layer)  # noqa: PLW2901 - the layer with its transforms in front
        layer.transform = [*layer.transform, *own]
        layer.data = named
        layers.append(layer)
    nothing = (
        alt.Chart(named)
        .transform_calculate(day="toDate(datum.date)")
        .transform_calculate(
            seen="isValid(datum.day) && time(datum.day) <= as_of && (wave == 'all' || datum.wave == wave) ? 1 : 0"
        )
        .transform_aggregate(seen="sum(seen)")
        .transform_filter("!datum.seen && !message")
    )
    empty = nothing.mark_text(
        text=theme.EMPTY,
        x=alt.ExprRef("width / 2"),
        y=alt.ExprRef("height / 3"),
        fontSize=14,
        color=theme.MUTED[mode],
        tooltip=None,
    )
    above = _spec.legend_height("entries[by]", "longest[by]")
    return _spec.template(
        [*_columns.incomplete_layers(mode, band), *layers, empty],
        mode=mode,
        width=width,
        height=funding.HEIGHT,
        left=_columns.LEFT,
        above=above,
        headlines=_headlines(mode, nothing, above),
    )


def _groups(rows: pl.DataFrame) -> dict[str, dict[str, dict[str, str]]]:
    """For each grouping, key and colour of each of its values, ranked by the curated amounts under parent firms."""
    if "groups" in rows.columns:
        # Under another grouping a value may appear that has none under parent firms: it keeps its place, with nothing.
        parents = pl.col("groups").str.contains(GROUP, literal=True)
        rows = rows.with_columns(amount__curated=pl.when(parents).then("amount__curated"))
    out = {}
    for by in GROUPINGS:
        sums: dict[str, float] = defaultdict(float)
        for group, amount, day in rows.select(by, "amount__curated", "date").iter_rows():
            if day is not None:
                sums[str(group or "unknown")] += _spec.number(amount) or 0.0
        out[by] = {g: {"key": key, "colour": colour} for g, (key, _, colour) in funding.ranked(sums, by).items()}
    return out


def _by_policy(row: Mapping[str, object], word: str) -> Any:
    """Values of a column that may differ by policy, in the order of POLICIES; one value where all are equal."""
    values = []
    for column in COLUMNS.values():
        value = next(
            (_spec.number(row[name]) for name in (f"{word}__{column}", word) if row.get(name) is not None), None
        )
        # Bounds to four digits: no more of them can be seen, and they are most of what a page has to hold.
        exact = word in {"amount", "stated"}
        values.append(None if value is None else round(value, 3) if exact else float(f"{value:.4g}"))
    return values[0] if len(set(values)) == 1 else values


def _records(rows: pl.DataFrame) -> list[_spec.Record]:
    out: list[dict[str, object]] = []
    days: dict[tuple[object, object], list[object]] = defaultdict(list)
    for r in rows.iter_rows(named=True):
        if r["date"] is None:
            continue
        same = days[r["startup"], r["date"]]  # rounds of one start-up on one day, which a number tells apart
        if r.get("round_id") not in same:
            same.append(r.get("round_id"))
        figures = {word: _by_policy(r, word) for word in ("amount", "low", "high", "stated", "total_low", "total_high")}
        out.append(
            {
                "date": str(r["date"]),
                "wave": r["wave"] or "unknown",
                **{by: str(r[by] or "unknown") for by in GROUPINGS},
                "groups": r.get("groups"),
                "nth": same.index(r.get("round_id")),
                **{
                    f"{word}s": "=" if word in LIKE and value == figures[LIKE[word]] else value
                    for word, value in figures.items()
                },
            }
        )
    return _spec.records(out)


@_spec.signed
def funding_flows_static(
    rows: pl.DataFrame,
    *,
    sources: Sequence[str] = (),
    version: str | None = None,
    lens: str | None = None,
    mode: Mode = "light",
    width: Width = "container",
    every: Literal["year", "quarter"] = "year",
    by: Literal["investor_type", "startup", "country_group"] = "investor_type",
    wave: str = "all",
    policy: str = "curated",
    grp: str = GROUP,
    until: date | None = None,
) -> alt.LayerChart:
    """Draw :func:`funding_flows` from round-level rows, filtered and added up in the browser by parameters.

    Parameters
    ----------
    rows
        One row per round and investor (or its part): `date` (announced), `wave`, `investor_type`, `startup`,
        `country_group` ("China", "foreign", "unknown"), an amount in millions of US dollars for each policy
        (`amount__curated`, `amount__filing_first`, `amount__latest`, `amount__lowest`, `amount__highest`,
        `amount__median`); and where there are, for each policy in the same way or once without a policy: `low` and
        `high` (bounds of the row), `stated` (the part that a source states; without it all is drawn as our split),
        `total_low` and `total_high` (the row's part of the interval of its round: they add up to the line of the
        column, which is not drawn without them); `round_id`, to count rounds (without it: start-ups and dates).
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
    every
        Period that is shown first.
    by
        Grouping that is shown first.
    wave
        Wave that is shown first.
    policy
        Policy that is shown first.
    grp
        Under whose name an investor's vehicles go at first ("none", "parent", "affiliates"), where the rows say for
        which of these they hold (`groups`).
    until
        The day up to which the data reach: the last two quarters before it are marked incomplete.

    Returns
    -------
    alt.LayerChart
        Data set `rows`; parameters `every`, `by`, `wave`, `policy`, `grp`, `as_of` for the controls; `groups`, `entries`,
        `longest`, `until`, the time axis, `footer`, `message`. The finding is added up from the rows, and `subtitle` is an
        expression on the controls: neither is set from outside.
    """
    _spec.check_mode(mode)
    _spec.require(rows, NEEDED, "funding_flows_static")
    if every not in PERIODS or by not in GROUPINGS:
        raise ValueError(
            f"every is one of {', '.join(PERIODS)} and by one of {', '.join(GROUPINGS)}, not {every!r}, {by!r}"
        )
    if policy not in POLICIES or wave not in {"all", *WAVES, *rows["wave"].drop_nulls()}:
        raise ValueError(
            f"policy is one of {', '.join(POLICIES)} and wave is all or one of {', '.join(WAVES)}, "
            f"not {policy!r}, {wave!r}"
        )
    records = _records(rows)
    first_values: dict[str, Any] = {c["param"]: c["value"] for c in controls(rows, until=until)} | {
        "every": every,
        "by": by,
        "wave": wave,
        "policy": policy,
        "grp": grp,
    }
    groups = _groups(rows)
    days = [d for d in rows["date"].to_list() if d is not None]
    first, last = None, None
    if days:
        first, last = date(min(days).year, 1, 1), date(max([*days, until or min(days)]).year + 1, 1, 1)
    keys = {g: {v["key"] for v in values.values()} for g, values in groups.items()}
    undisclosed = sum((r["amounts"][0] if isinstance(r["amounts"], list) else r["amounts"]) is None for r in records)
    names = ", ".join(f"{k}: '{v}'" for k, v in GROUPINGS.items())
    waves = ", ".join(f"'{w}': ', wave: {wave_label(w)}'" for w in WAVES)
    marks = _spec.with_lens(f"US$ at the rate of the day. {funding.MARKS}", lens)
    subtitle = (
        f"'Money raised per ' + every + ' by ' + {{{names}}}[by]"
        f" + (wave == 'all' ? '' : {{{waves}}}[wave] || ', wave: ' + wave)"
        " + ', up to ' + utcFormat(as_of, '%b %Y') + (policy == 'curated' ? '' : ', policy ' + policy)"
        " + ', ' + marks"
    )
    notes = [f"{theme.count(undisclosed, 'row')} without an amount"] if undisclosed else []
    if len(records) < rows.height:
        notes.append(f"{theme.count(rows.height - len(records), 'row')} without a date not drawn")
    chart = _spec.fill(
        _template(mode, width),
        records,
        {
            **first_values,
            "groups": groups,
            "entries": {g: len(k) for g, k in keys.items()},
            "longest": {g: max((len(k) - 3 for k in ks), default=0) for g, ks in keys.items()},
            "until": first_values["as_of"],
            "title": f"Money raised per {every} by {GROUPINGS[by]}",
            "subtitle": marks,
            "marks": marks,
            "footer": _spec.footer(
                sources,
                f"{theme.count(len({(r['startup'], r['date'], r['nth']) for r in records}), 'round')}, {theme.count(len(records), 'row')}",
                version,
                notes,
            ),
            **funding.time_params(first, last, 12),
        },
    )
    return _spec.computed(chart, subtitle=subtitle)
