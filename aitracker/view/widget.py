"""`ChartView`: an Altair chart in JupyterLab that is redrawn by sending only what changed."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

import anywidget
import ipywidgets
import traitlets

from aitracker.view.rows import Json, Rows, plain, to_rows
from aitracker.view.runtime import runtime_gz, runtime_key
from aitracker.view.template import Mode, Spec, Template, payload, theme_config

__all__ = ["CHART_MIME", "ChartView", "theme_config"]

CHART_MIME = "application/vnd.aitracker.chart+json"
"""Type under which a displayed `ChartView` also carries its static form, for a report."""

_SCRIPT = (Path(__file__).parent / "view.js").read_text(encoding="utf-8")
_lock = threading.Lock()

_last_mode: Mode = "light"


class _Runtime(ipywidgets.Widget):
    """The Vega bundle of this kernel: one model, to which every chart only points."""

    # The plain model of ipywidgets itself: it needs no script of ours to receive the bytes.
    _model_name = traitlets.Unicode("WidgetModel").tag(sync=True)
    _model_module = traitlets.Unicode("@jupyter-widgets/base").tag(sync=True)
    bundle = traitlets.Bytes().tag(sync=True)


_shared: _Runtime | None = None


def _runtime() -> _Runtime:
    global _shared  # noqa: PLW0603 - one a kernel, and `Widget.close_all()` may end it at any time
    with _lock:
        if _shared is None or _shared.comm is None:
            _shared = _Runtime(bundle=runtime_gz())
        return _shared


class ChartView(anywidget.AnyWidget):
    """A chart on screen.

    Parameters
    ----------
    chart
        An Altair chart, a Vega-Lite dictionary, or a function that makes either for a mode ("light", "dark").
        The function is called again when JupyterLab changes its theme.
    config_light, config_dark
        Vega-Lite configurations for the two modes; ours by default. What the chart itself sets wins.

    Notes
    -----
    Assign a new chart to `chart` as often as you like. If it differs from the one on screen only in rows,
    in values of top-level parameters, in title or in description, those alone are sent and the drawing is
    kept.

    Examples
    --------
    >>> view = ChartView(chart_of(frame))        # doctest: +SKIP
    >>> view.chart = chart_of(other_frame)       # doctest: +SKIP
    >>> view.update(params={"year": 2024})       # doctest: +SKIP
    """

    _esm = _SCRIPT

    # Each data set is {"rev": int, "rows": [...]}: the script compares revisions, not rows.
    _spec = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _datasets = traitlets.Dict().tag(sync=True)
    _params = traitlets.Dict().tag(sync=True)
    _description = traitlets.Unicode().tag(sync=True)
    _runtime = traitlets.Instance(_Runtime).tag(sync=True, **ipywidgets.widget_serialization)
    _runtime_key = traitlets.Unicode().tag(sync=True)
    config_light = traitlets.Dict().tag(sync=True)
    config_dark = traitlets.Dict().tag(sync=True)
    mode = traitlets.Enum(("light", "dark"), default_value="light").tag(sync=True)
    """How the page looks, as its browser says."""

    def __init__(
        self,
        chart: object = None,
        *,
        config_light: Spec | None = None,
        config_dark: Spec | None = None,
        **kwargs: Any,
    ) -> None:
        self._chart: object = None
        self._template: Template | None = None
        self._key = ""
        self._changing = threading.RLock()
        configs = {
            "config_light": theme_config("light") if config_light is None else config_light,
            "config_dark": theme_config("dark") if config_dark is None else config_dark,
        }
        self._themes = list(configs.values())
        mode: Mode = kwargs.pop("mode", _last_mode)
        state = self._take(chart, mode)
        super().__init__(
            _runtime=_runtime(),
            _runtime_key=runtime_key(),
            mode=mode,
            **configs,
            **{"layout": {"width": "100%"}, **kwargs},
            **state,
        )

    @property
    def chart(self) -> object:
        """What was last assigned: a chart, or the function that makes it."""
        return self._chart

    @chart.setter
    def chart(self, chart: object) -> None:
        with self._changing:
            self._show(self._take(chart, "dark" if self.mode == "dark" else "light"))

    @traitlets.observe("mode")
    def _on_mode(self, change: Mapping[str, Any]) -> None:
        global _last_mode  # noqa: PLW0603 - the next view of this kernel begins in the mode of its page
        _last_mode = change["new"]
        if _is_maker(self._chart):
            self.chart = self._chart

    @property
    def data(self) -> dict[str, Rows]:
        """Rows now on screen, by the name of their data set."""
        return {name: entry["rows"] for name, entry in self._datasets.items()}

    @property
    def description(self) -> str:
        """Text for readers who do not see the chart."""
        return str(self._description)

    @property
    def params(self) -> dict[str, Json]:
        """Values of the chart's top-level parameters."""
        return dict(self._params)

    def update(
        self,
        data: object = None,
        params: Mapping[str, object] | None = None,
        description: str | None = None,
    ) -> None:
        """Send new rows or new values of parameters without making a chart.

        Parameters
        ----------
        data
            A mapping of data set to rows; or, where the chart has one data set, its rows. Rows are a frame
            or a list of records.
        params
            Values by the name of a top-level parameter.
        description
            New text for readers who do not see the chart.

        Raises
        ------
        ValueError
            If the chart has no data set or parameter of that name.
        """
        with self._changing:
            if self._spec is None:
                msg = "this view has no chart yet: assign one to `chart` first"
                raise ValueError(msg)
            datasets = {} if data is None else self._named(data)
            values = {name: plain(value) for name, value in (params or {}).items()}
            _known("data set", datasets, self._datasets)
            _known("parameter", values, self._params)
            self._updated = True
            self._show(
                {
                    "_datasets": self._revised({**self.data, **datasets}),
                    "_params": {**self._params, **values},
                    "_description": self._description if description is None else description,
                }
            )

    def payload(self) -> Spec:
        """Give the static form of what is on screen now, as `boot` in view.js takes it."""
        if _is_maker(self._chart) and not self._updated:
            return payload(self._chart("light"), self._chart("dark"))
        return {
            "spec": self._spec,
            "datasets": self.data,
            "params": self.params,
            "description": self._description,
        }

    def _named(self, data: object) -> dict[str, Rows]:
        if isinstance(data, Mapping):
            return {str(name): to_rows(rows) for name, rows in data.items()}
        if len(self._datasets) != 1:
            msg = f"this chart has {len(self._datasets)} data sets: give a mapping of name to rows"
            raise ValueError(msg)
        return {next(iter(self._datasets)): to_rows(data)}

    def _take(self, chart: object, mode: Mode) -> dict[str, Any]:
        """Take a chart apart and give the traits that show it."""
        made = chart(mode) if _is_maker(chart) else chart
        template = None if made is None else Template.of(made).without_config(self._themes)
        key = "" if template is None else template.key()
        kept = self._template is not None and key == self._key
        self._chart, self._template, self._key = chart, template, key
        self._updated = False
        if template is None:
            return {"_spec": None, "_datasets": {}, "_params": {}, "_description": ""}
        return {
            **({} if kept else {"_spec": template.spec}),
            "_datasets": self._revised(template.datasets),
            "_params": template.params,
            "_description": template.description,
        }

    def _revised(self, datasets: Mapping[str, Rows]) -> dict[str, Any]:
        """Give each data set a new revision number where its rows are new."""
        # Before the widget exists there are no traits to read.
        kept: Mapping[str, Any] = self._trait_values.get("_datasets", {})
        result: dict[str, Any] = {}
        for name, rows in datasets.items():
            old = kept.get(name)
            same = old is not None and old["rows"] == rows
            result[name] = old if same else {"rev": old["rev"] + 1 if old else 0, "rows": rows}
        return result

    def _show(self, state: Mapping[str, Any]) -> None:
        """Set traits so that one message carries all that changed."""
        with self.hold_sync():
            for name, value in state.items():
                self.set_trait(name, value)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None and self._spec is not None:
            bundle[0][CHART_MIME] = self.payload()
        return bundle


def _is_maker(chart: object) -> TypeGuard[Callable[[Mode], object]]:
    """Tell a function that makes charts from a chart."""
    return callable(chart) and not hasattr(chart, "to_dict")


def _known(kind: str, given: Iterable[str], allowed: Iterable[str]) -> None:
    """Raise where a name is not one of the chart's own."""
    names = sorted(allowed)
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            msg = f"this chart has no {kind} {name!r}{hint}; it has: {', '.join(names) or 'none'}"
            raise ValueError(msg)
