"""A chart over a kept template: shared inside the house, its owner's own from the moment that he touches it."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Final, cast

import altair as alt
from altair.utils import schemapi

from aitracker.charts import theme
from aitracker.view.rows import plain

MOST_ROWS: Final = 5000
ROWS: Final = "rows"  # name of the data set that a live view patches

Record = dict[str, Any]


def records(rows: Iterable[Mapping[str, object]]) -> list[Record]:
    """Make rows safe for JSON and refuse more of them than a browser should draw."""
    out = [{key: plain(value) for key, value in row.items()} for row in rows]
    if len(out) > MOST_ROWS:
        raise ValueError(f"a chart takes at most {MOST_ROWS:,} rows, not {len(out):,}: aggregate the frame first")
    return out


class Drawn(alt.LayerChart):
    """A chart over a kept template, which many charts share.

    Altair finds the parts of a chart in ``_kwds``. Whoever asks there gets a copy of the template's parts, made when it is
    first asked for: from then on the chart is its owner's, whatever he does to it, and the template stays as it is. Our
    own drawing reads :func:`parts`, and copies nothing.
    """

    @property
    def _kwds(self) -> Record:
        own: Record | None = vars(self).get("own")
        if own is None:
            if "parts" not in vars(self):  # a copy under way, of which nothing is there yet
                raise AttributeError("_kwds")
            own = vars(self)["own"] = _copied(vars(self)["parts"])
        return own

    @_kwds.setter
    def _kwds(self, parts: Record) -> None:
        vars(self)["own"] = parts


def _copied(value: Any) -> Any:
    """Copy a part of a chart with all that is in it: by hand, for Altair's own copy checks and renames as it goes."""
    if isinstance(value, schemapi.SchemaBase):
        made = copy(value)
        vars(made).update({name: _copied(held) for name, held in vars(value).items()})
        return made
    if isinstance(value, dict):
        return {key: _copied(entry) for key, entry in value.items()}
    return type(value)(map(_copied, value)) if isinstance(value, list | tuple) else value


def parts(chart: alt.LayerChart) -> Record:
    """Give the parts of a chart to read, not to change: they may be those of its template."""
    held: Record = vars(chart).get("own") or vars(chart).get("parts") or vars(chart)["_kwds"]
    return held


def params_of(chart: alt.LayerChart) -> list[alt.VariableParameter]:
    """Give the top-level parameters: our variables, and the selections of the layers that have some."""
    return cast("list[alt.VariableParameter]", parts(chart)["params"])


def fill(base: alt.LayerChart, rows: Sequence[Mapping[str, object]], params: Mapping[str, Any]) -> alt.LayerChart:
    """Give a template its rows and the values of its parameters; the description is title and subtitle.

    Where there are no rows the message says so, unless one is given.
    """
    params = {"message": "" if rows else theme.EMPTY, **params}
    with schemapi.debug_mode(False):
        values = [alt.VariableParameter(name=name, value=value) for name, value in params.items()]
    chart = Drawn.__new__(Drawn)
    vars(chart).update(
        _args=(),
        base=base,
        parts={
            **parts(base),
            "datasets": {ROWS: records(rows)},
            "params": [*params_of(base), *values],
            "description": f"{params['title']}. {params['subtitle']}.",
        },
    )
    return chart


def handed(chart: Any) -> Any:
    """Give a chart that is still needed out of the house: what becomes of it there does not reach the one here."""
    return copy(chart) if _template(chart) is not None else chart.copy()


def computed(chart: alt.LayerChart, **expressions: str) -> alt.LayerChart:
    """Let parameters of a chart just filled be Vega expressions instead of values."""
    vars(chart)["parts"]["params"] = [
        alt.VariableParameter(name=p.name, expr=expressions[p.name]) if p.name in expressions else p
        for p in params_of(chart)
    ]
    return chart


def _template(chart: alt.LayerChart) -> alt.LayerChart | None:
    """The template of a chart that is still as it was drawn; None once its owner has had a hand on it."""
    base: alt.LayerChart | None = vars(chart).get("base")
    return None if "own" in vars(chart) else base


def spec(chart: alt.LayerChart) -> Record:
    """Give the Vega-Lite specification of a chart, to read and to change; it is not validated."""
    out: Record = _copied(shared_spec(chart))
    return out


def shared_spec(chart: alt.LayerChart) -> Record:
    """Give the specification of a chart as it was drawn, from its ready template: quick, and not validated.

    The parts that come from the template are shared between charts: read them, do not change them. A chart that was
    touched after it was drawn goes the slow way, through ``to_dict``.
    """
    base = _template(chart)
    if base is None:
        out: Record = chart.to_dict(validate=False)
        return out
    ready = vars(base).setdefault("ready", {})
    if not ready:
        ready.update(_compiled(base))
    selections = {p["name"]: p for p in ready["params"] if "select" in p}
    params = [
        selections.get(p.name)
        or {k: v for k, v in (("name", p.name), ("value", p.value), ("expr", p.expr)) if v is not alt.Undefined}
        for p in params_of(chart)
    ]
    held = parts(chart)
    return {**ready, "datasets": dict(held["datasets"]), "params": params, "description": held["description"]}


def _compiled(base: alt.LayerChart) -> Record:
    """Compile a template layer by layer: Altair copies all of them twice where it compiles the whole."""
    shell = copy(base)
    vars(shell)["_kwds"] = {**vars(base)["_kwds"], "layer": []}
    out: Record = shell.to_dict(validate=False)
    part = {"top_level": False, "datasets": {}, "data": base.data}
    return {**out, "layer": [mark.to_dict(validate=False, context=dict(part)) for mark in base.layer]}


def same_template(one: alt.LayerChart, other: alt.LayerChart) -> bool:
    """Tell whether two charts differ in no more than what :func:`payload` gives."""
    base = _template(one)
    return base is not None and base is _template(other)


def payload(chart: alt.LayerChart) -> dict[str, Any]:
    """Give what differs between two charts of one function: ``{"data", "params", "description"}``.

    A live view keeps the specification that it drew first and patches these: each data set of `data` by name,
    each signal of `params` by name, and the view's description. Nothing is validated or converted.
    """
    out: Record = _copied(shared_payload(chart))
    return out


def shared_payload(chart: alt.LayerChart) -> dict[str, Any]:
    """As :func:`payload`, to read and not to change: the rows are the chart's own."""
    held = parts(chart)
    return {
        "data": dict(held["datasets"]),
        "params": {
            p.name: p.value
            for p in held["params"]
            if isinstance(p, alt.VariableParameter) and p.value is not alt.Undefined
        },
        "description": held["description"],
    }
