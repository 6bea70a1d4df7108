"""What every explorer shares: the lens controls, redrawing, the state in words, errors in place."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import traceback
from typing import TYPE_CHECKING, Any

import ipywidgets as w
from traitlets import TraitError

from aitracker.asked import one_of
from aitracker.charts._spec import SEEN
from aitracker.dataset import Dataset
from aitracker.explore.twin import static_twin
from aitracker.kept import Kept
from aitracker.lens import Lens
from aitracker.view.figure import FIGURE_MIME, Drawing, Figure
from aitracker.vocabulary import GROUPS, POLICIES

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Explorer"]

LATEST = "latest"
OPEN = 12
"""Lenses whose connections an explorer keeps open."""
_STYLE = {"description_width": "6.5em"}
_LAYOUT = {"width": "19em"}

GROUP_WORDS = {
    "none": "each vehicle",
    "parent": "parent firms",
    "managed": "parents and managers",
    "affiliates": "parents and affiliates",
}


def choice(label: str, options: dict[str, Any], value: Any, tip: str = "") -> w.Dropdown:
    """Make a drop-down list in the house's size; where the data lacks the value that it opens with, it opens with the first."""
    return w.Dropdown(
        options=[(words, key) for key, words in options.items()], description=label, tooltip=tip,
        value=value if value in options else next(iter(options), None),
        style=_STYLE, layout=_LAYOUT,
    )  # fmt: skip


def quarter_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """Last days of the quarters from ``first`` to ``last``."""
    ends = [
        dt.date(y + (m == 12), m % 12 + 1, 1) - dt.timedelta(days=1)
        for y in range(first.year, last.year + 1)
        for m in (3, 6, 9, 12)
    ]
    return [day for day in ends if first <= day <= last]


def _allowed(name: str, control: Any, value: object) -> str:
    """Say what a control takes instead of a value."""
    if isinstance(control, w.Checkbox):
        takes = "True or False"
    elif isinstance(control, w.IntSlider):
        takes = f"a whole number from {control.min} to {control.max}" + (
            f" in steps of {control.step}" if control.step > 1 else ""
        )
    elif isinstance(control, w.SelectionRangeSlider):
        first, last = control.options[0], control.options[-1]
        takes = f"a pair from {first[1]} ({first[0]}) to {last[1]} ({last[0]}), each one of those in between"
    else:
        takes = "a text"
    return f"{name} must be {takes}, not {value!r}"


class LensControls:
    """Four widgets that make a lens: as of, known by, policy and grouping."""

    def __init__(self, lens: Lens, first: dt.date, last: dt.date) -> None:
        days = sorted({*quarter_ends(first, last), *(d for d in (lens.as_of, lens.known_by) if d)})
        # A selection whose value is None counts as no selection, so "no limit" needs a value of its own.
        options = [*((f"{d:%-d %b %Y}", d) for d in days), (LATEST, LATEST)]
        self._first = lens
        self.as_of = self._slider(options, lens.as_of, "as of", "Only what had happened by then")
        self.known_by = self._slider(options, lens.known_by, "known by", "Only what a source had said by then")
        self.policy = choice(
            "claims", {p: p for p in POLICIES}, lens.policy, "Which claim is taken where sources differ"
        )
        self.group = choice(
            "investors", {g: GROUP_WORDS[g] for g in GROUPS}, lens.group, "Under whose name a vehicle's money goes"
        )
        self.widgets = (self.as_of, self.known_by, self.policy, self.group)

    @staticmethod
    def _slider(options: list[tuple[str, Any]], day: dt.date | None, label: str, tip: str) -> w.SelectionSlider:
        return w.SelectionSlider(
            options=options, value=day or LATEST, description=label, tooltip=tip, style=_STYLE, layout={"width": "30em"}
        )

    @property
    def lens(self) -> Lens:
        """The lens as the widgets stand."""
        as_of, known_by = (None if slider.value == LATEST else slider.value for slider in (self.as_of, self.known_by))
        return Lens(as_of, known_by, self.policy.value, self.group.value)

    def reset(self) -> None:
        """Go back to the lens that the explorer was opened with."""
        self.as_of.value, self.known_by.value = self._first.as_of or LATEST, self._first.known_by or LATEST
        self.policy.value, self.group.value = self._first.policy, self._first.group


class Explorer(w.VBox):
    """A chart with controls; a subclass says what its controls are and what is drawn.

    Attributes
    ----------
    data : polars.DataFrame
        The frame on screen.
    chart : altair.Chart
        The chart on screen.
    code : str
        The lines of Python that give ``data`` again.
    lens : Lens
        The lens on screen.
    """

    def __init__(self, ds: Dataset, **settings: Any) -> None:
        if not isinstance(ds, Dataset):
            message = f"an explorer begins with a dataset, as ait.load() gives it, not {ds!r}"
            raise ValueError(message)  # noqa: TRY004 - as every other wrong argument
        # A dataset of the explorer's own: callbacks may run on another thread than the cells that use `ds`.
        self._base = ds.at()
        self._seen = Kept(OPEN)
        first, last = self._base.sql("SELECT min(announced), current_date FROM data.rounds").row(0)
        self._lens_controls = LensControls(ds.lens, first or last, last)
        self._controls = self.controls()
        for name, value in settings.items():
            self._open(name, value)
        self._defaults = {name: control.value for name, control in self._controls.items()}
        self._words = w.HTML()
        self._error = w.HTML()
        self._figure = Figure()
        self._frame: pl.DataFrame | None = None
        self._resetting = False
        reset = w.Button(description="Reset", tooltip="Back to how the explorer was opened", icon="undo")
        reset.on_click(lambda _: self.reset())
        for control in (*self._controls.values(), *self._lens_controls.widgets):
            control.observe(self._changed, names="value")
        row = {"flex_flow": "row wrap"}
        super().__init__(
            [
                w.HBox(list(self._controls.values()), layout=row),
                w.HBox([*self._lens_controls.widgets, reset], layout=row),
                self._words,
                self._error,
                self._figure,
            ]
        )
        self._failure: Exception | None = None
        self.redraw()
        if settings and isinstance(self._failure, ValueError):  # what it was to open with cannot be shown
            raise self._failure

    def _open(self, name: str, value: Any) -> None:
        """Open with a control set to a value; a wrong name or value is met with those that are allowed."""
        control = self._controls[one_of("setting", name, list(self._controls))]
        options = getattr(control, "options", ()) if isinstance(control, w.Dropdown) else ()
        if options and not any(value == key and isinstance(value, bool) == isinstance(key, bool) for _, key in options):
            one_of(name, value, {str(key): words for words, key in options if str(key) != value})
        try:
            control.value = value
        except (TraitError, TypeError, ValueError, AttributeError):
            raise ValueError(_allowed(name, control, value)) from None
        # A slider takes its nearest end, and True for 1, and says nothing.
        if control.value != value or (isinstance(value, bool) and not isinstance(control, (w.Checkbox, w.Dropdown))):
            raise ValueError(_allowed(name, control, value))

    # What a subclass says.

    def controls(self) -> dict[str, Any]:
        """Widgets by the name of the argument that they set."""
        raise NotImplementedError

    def frame(self, ds: Dataset, **settings: Any) -> pl.DataFrame:
        """Compute the frame for the settings of the controls."""
        raise NotImplementedError

    def drawing(self, ds: Dataset, frame: pl.DataFrame, **settings: Any) -> Drawing:
        """Say how the frame is drawn, and from which sources it comes."""
        raise NotImplementedError

    def call(self, **settings: Any) -> str:
        """Write the line of Python that gives the frame from a dataset ``ds``."""
        raise NotImplementedError

    def words(self, **settings: Any) -> str:
        """Say the state of the controls in a sentence."""
        raise NotImplementedError

    def offered(self) -> dict[str, dict[Any, str]]:
        """Controls that a report offers, by name, each with its values and their words.

        A name is one of :meth:`controls` or a part of the lens (``as_of``, ``known_by``, ``policy``, ``group``). The
        report holds the chart for every combination, so keep their number small. None by default.
        """
        return {}

    def twin(self) -> dict[str, Any]:
        """Give the static twin: the same chart, prepared for every combination of the offered controls."""
        return static_twin(self.prepare, self.offered(), self.settings, self.lens)

    def prepare(self, settings: dict[str, Any], lens: Lens) -> Drawing:
        """Compute the drawing for settings and lens without touching the screen."""
        ds = self.through(lens)
        # The code that gives the frame again is its name: what it does not mention does not change the frame.
        frame = ds.remember(("frame", self.call(**settings)), lambda: self.frame(ds, **settings))
        drawing = self.drawing(ds, frame.clone(), **settings)
        # A frame that carries its sources knows them better than whoever draws it.
        return dataclasses.replace(drawing, source_ids=None) if SEEN in drawing.frame.columns else drawing

    # What every explorer does.

    def through(self, lens: Lens) -> Dataset:
        """Give the data through another lens; those last looked through stay open."""
        return self._seen.get(lens, lambda: self._base.at(**dataclasses.asdict(lens)))

    @property
    def settings(self) -> dict[str, Any]:
        """Values of the controls by the name of the argument that they set."""
        return {name: control.value for name, control in self._controls.items()}

    @property
    def lens(self) -> Lens:
        """The lens on screen."""
        return self._lens_controls.lens

    @property
    def data(self) -> pl.DataFrame:
        """The frame on screen, to do with as one likes."""
        if self._frame is None:
            message = "nothing has been drawn yet; see the message in the explorer"
            raise RuntimeError(message)
        return self._frame.clone()

    @property
    def chart(self) -> Any:
        """The Altair chart on screen, to do with as one likes."""
        return self._figure.chart

    @property
    def code(self) -> str:
        """The lines of Python that give :attr:`data` again."""
        return f"import aitracker as ait\n\nds = {self.through(self.lens).code}\n{self.call(**self.settings)}"

    def reset(self) -> None:
        """Put every control back to where it was when the explorer was opened."""
        self._resetting = True  # one drawing at the end, not one a control
        try:
            for name, control in self._controls.items():
                control.value = self._defaults[name]
            self._lens_controls.reset()
        finally:
            self._resetting = False
        self.redraw()

    def _changed(self, _change: object) -> None:
        if not self._resetting:
            self.redraw()

    def redraw(self) -> None:
        """Compute and draw what the controls ask for; a failure is shown in place and leaves the last chart."""
        try:
            settings = self.settings
            drawing = self.prepare(settings, self.lens)
            self._figure.put(drawing)
            self._frame = drawing.frame
            self._words.value = f"<p>{html.escape(self.words(**settings))}</p>"
            self._error.value, self._failure = "", None
        except Exception as error:  # noqa: BLE001 - a callback has nobody above it: what is not shown here is lost
            self._failure = error
            last = traceback.extract_tb(error.__traceback__)[-1]
            text = f"{type(error).__name__}: {error} (in {last.name}, line {last.lineno})"
            self._error.value = f'<p role="alert" style="color:#b3261e;white-space:pre-wrap">{html.escape(text)}</p>'

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        # What is on screen; a report asks for the twin, which takes a moment and is of no use in JupyterLab.
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            data = bundle[0] if isinstance(bundle, tuple) else bundle
            data[FIGURE_MIME] = self._figure.payload()
        return bundle
