"""Take a chart apart: a template that rarely changes, and what changes with every interaction.

Two charts made by the same function differ in their rows, in the values of their parameters, in their
title and in their description. Those four leave the template. If two templates are equal, the drawing on
screen is kept and only what differs is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from aitracker.view.rows import Json, Rows, plain, to_rows

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Mode", "Spec", "Template", "payload", "theme_config"]

Spec: TypeAlias = "dict[str, Any]"
Mode: TypeAlias = Literal["light", "dark"]

_AUTO_DATA = re.compile(r"(data-[0-9a-f]{32}|aitracker-frame-\d+)")
_AUTO_NAME = re.compile(r"(view|param)_[0-9a-f]+(_\d+)?")
_CHILDREN = ("layer", "hconcat", "vconcat", "concat")


@dataclass(frozen=True, slots=True)
class Template:
    """A chart taken apart.

    Attributes
    ----------
    spec
        Vega-Lite without rows, without the values of top-level parameters, without description.
    datasets
        Rows by name. Rows that came without a name are called data-0, data-1, ... in order of appearance.
    params
        Values of the top-level parameters that are not selections.
    description
        Text for readers who do not see the chart.
    """

    spec: Spec
    datasets: dict[str, Rows]
    params: dict[str, Json]
    description: str

    @classmethod
    def of(cls, chart: object) -> Template:
        """Take apart an Altair chart or a Vega-Lite specification."""
        frames: dict[str, object] = {}
        if isinstance(chart, Mapping):
            spec = _copied(cast("Spec", chart))
        elif callable(getattr(chart, "to_dict", None)):
            spec = _spec_of(cast("alt.TopLevelMixin", chart), frames)
        else:
            msg = f"a chart must be an Altair chart or a Vega-Lite dictionary, not {type(chart).__name__}"
            raise TypeError(msg)
        frames |= spec.pop("datasets", {})
        description = spec.pop("description", "")
        datasets = {name: to_rows(frames[source]) for name, source in _name_data(spec, frames).items()}
        params = _lift_title(spec) | _lift_params(spec)
        return cls(_rename(spec), datasets, params, str(description))

    def key(self) -> str:
        """Give a text that is equal for equal templates."""
        names = sorted(self.datasets)
        return json.dumps([self.spec, names, sorted(self.params)], sort_keys=True, default=str)

    def without_config(self, themes: Sequence[Spec]) -> Template:
        """Leave out a configuration that is one of `themes`: a page brings those, and chooses by its mode."""
        if self.spec.get("config") not in [theme for theme in themes if theme]:
            return self
        return replace(self, spec={key: entry for key, entry in self.spec.items() if key != "config"})

    def payload(self) -> Spec:
        """Give the form that `boot` in view.js takes."""
        return {
            "spec": self.spec,
            "datasets": self.datasets,
            "params": self.params,
            "description": self.description,
        }


def theme_config(mode: Mode) -> Spec:
    """Give the Vega-Lite configuration of our charts, or nothing where the theme is not installed."""
    try:
        from aitracker.charts import theme  # charts are not needed to import a view
    except ImportError:
        return {}
    config: Spec = theme.config(mode)
    return config


def payload(chart: object, dark: object = None) -> Spec:
    """Take a chart apart for a static page, in the form that `boot` in view.js takes.

    Parameters
    ----------
    chart
        An Altair chart or a Vega-Lite dictionary.
    dark
        The same chart made for a dark page, where its marks have colours of their own for it.

    Returns
    -------
    dict
        {spec, datasets, params, description} and, with `dark`, dark: {spec, datasets} with what differs.
    """
    themes = [theme_config("light"), theme_config("dark")]
    light = Template.of(chart).without_config(themes)
    result = light.payload()
    if dark is not None:
        other = Template.of(dark).without_config(themes)
        rows = {name: rows for name, rows in other.datasets.items() if light.datasets.get(name) != rows}
        result["dark"] = {"spec": other.spec, "datasets": rows}
    return result


def _spec_of(chart: alt.TopLevelMixin, frames: dict[str, object]) -> Spec:
    """Compile an Altair chart without letting Altair copy, hash and check its rows."""
    # As a part, not as a whole: then Altair adds no theme, for the view brings its own.
    parts: Spec = {"top_level": False, "datasets": frames}
    try:
        spec: Spec = _without_frames(chart, frames).to_dict(validate=False, context=dict(parts))
        if not _guesses(spec):
            return spec
    except ValueError:
        pass  # a shorthand without a type: only the data tell what it is
    frames.clear()
    return chart.to_dict(validate=False, context=dict(parts))


def _without_frames(chart: Any, frames: dict[str, object]) -> Any:
    """Copy the tree of a chart with every frame replaced by a name."""
    import altair as alt

    if not isinstance(chart, alt.TopLevelMixin):
        return chart
    copy = cast("Any", chart).copy(deep=False)
    data = copy._get("data", alt.Undefined)  # noqa: SLF001 - plain attribute access may raise
    if data is not alt.Undefined and hasattr(data, "columns"):
        name = next((name for name, kept in frames.items() if kept is data), f"aitracker-frame-{len(frames)}")
        frames[name] = data
        copy.data = alt.NamedData(name=name)
    for key in _CHILDREN:
        children = copy._get(key, alt.Undefined)  # noqa: SLF001
        if isinstance(children, list):
            copy[key] = [_without_frames(child, frames) for child in children]
    inner = copy._get("spec", alt.Undefined)  # noqa: SLF001
    if isinstance(inner, alt.TopLevelMixin):
        copy["spec"] = _without_frames(inner, frames)
    return copy


def _guesses(spec: object) -> bool:
    """Tell whether a condition names a field without its type, which Altair would read from the data."""
    if isinstance(spec, list):
        return any(_guesses(entry) for entry in spec)
    if not isinstance(spec, dict):
        return False
    found = spec.get("condition")
    for entry in found if isinstance(found, list) else [found]:
        if isinstance(entry, dict) and "field" in entry and "type" not in entry:
            return True
    return any(_guesses(entry) for entry in spec.values())


def _copied(value: Any) -> Any:
    """Copy the containers of a specification, but not its rows."""
    if isinstance(value, Mapping):
        return {key: entry if key in {"datasets", "values"} else _copied(entry) for key, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list) else value


def _sources(spec: object) -> Iterator[Spec]:
    """Every `data` of a specification, in order of appearance."""
    if isinstance(spec, list):
        for entry in spec:
            yield from _sources(entry)
    elif isinstance(spec, dict):
        for key, entry in spec.items():
            if key == "data" and isinstance(entry, dict):
                yield entry
            elif key not in {"config", "usermeta", "params"}:
                yield from _sources(entry)


def _name_data(spec: Spec, frames: dict[str, object]) -> dict[str, str]:
    """Name every data set in the specification; give the names, each with its key in `frames`."""
    names: dict[str, str] = {}
    fresh: dict[str, str] = {}
    for source in _sources(spec):
        if isinstance(source.get("values"), list):
            old = f"inline-{len(frames)}"
            frames[old] = source.pop("values")
        elif source.get("name") in frames:
            old = source["name"]
            if not _AUTO_DATA.fullmatch(old):
                names[old] = old
                continue
        else:
            continue
        if old not in fresh:
            fresh[old] = f"data-{len(fresh)}"
        source["name"] = fresh[old]
        names[fresh[old]] = old
    return names


def _lift_title(spec: Spec) -> dict[str, Json]:
    """Make a literal title and subtitle parameters, so that a new wording needs no new drawing."""
    title = spec.get("title")
    if isinstance(title, str) or _is_lines(title):
        title = {"text": title}
    if not isinstance(title, dict):
        return {}
    lifted: dict[str, Json] = {}
    title = dict(title)
    for key in ("text", "subtitle"):
        text = title.get(key)
        if isinstance(text, str) or _is_lines(text):
            name = f"aitracker_{key}"
            lifted[name] = text
            title[key] = {"expr": name}
    if lifted:
        spec["title"] = title
        spec["params"] = [*spec.get("params", []), *({"name": name, "value": ""} for name in lifted)]
    return lifted


def _is_lines(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _lift_params(spec: Spec) -> dict[str, Json]:
    """Take the values of the top-level parameters out; selections stay as they are."""
    lifted: dict[str, Json] = {}
    params: list[Spec] = []
    for param in spec.get("params", []):
        if "select" in param or "expr" in param or "value" not in param:
            params.append(param)
            continue
        lifted[param["name"]] = plain(param["value"])
        params.append({key: entry for key, entry in param.items() if key != "value"})
    if params:
        spec["params"] = params
    return {name: value for name, value in lifted.items() if not name.startswith("aitracker_")}


def _rename(spec: Spec) -> Spec:
    """Give Altair's counted names (view_7, param_3) numbers that depend on this chart alone."""
    counted: dict[str, str] = {}
    for name in _names(spec):
        if match := _AUTO_NAME.fullmatch(name):
            counted.setdefault(name, f"{match[1]}_{len(counted) + 1}")
    if all(old == new for old, new in counted.items()):
        return spec
    pattern = re.compile(r"\b(" + "|".join(sorted(counted, key=len, reverse=True)) + r")(?=\b|_)")
    text = pattern.sub(lambda match: counted[match[1]], json.dumps(spec, default=plain))
    return cast("Spec", json.loads(text))


def _names(spec: object) -> Iterator[str]:
    if isinstance(spec, list):
        for entry in spec:
            yield from _names(entry)
    elif isinstance(spec, dict):
        if isinstance(name := spec.get("name"), str):
            yield name
        for entry in spec.values():
            yield from _names(entry)
