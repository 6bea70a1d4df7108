"""The valuation explorer: histories by date or age, step-ups, the ladder to a billion and its curve, listings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from aitracker import charts
from aitracker.explore.base import Explorer, choice
from aitracker.explore.twin import static_twin
from aitracker.valuation.history import OVERSTATEMENT_PCT, valuation_history
from aitracker.valuation.steps import listings, step_ups
from aitracker.valuation.unicorns import time_to_unicorn, unicorn_curve
from aitracker.view.figure import Drawing

if TYPE_CHECKING:
    import polars as pl

    from aitracker.dataset import Dataset
    from aitracker.lens import Lens

__all__ = ["ValuationGrowth"]

VIEW = {
    "history": "values over time",
    "steps": "step-ups",
    "ladder": "months to a billion",
    "curve": "share at a billion, by age",
    "listing": "before and after listing",
}
SETS: dict[str, tuple[str, ...]] = {
    "models": ("moonshot", "zhipu", "minimax", "baichuan", "01ai", "stepfun", "deepseek"),
    "vision": ("sensetime", "megvii", "yitu", "cloudwalk"),
    "foreign": ("openai", "anthropic", "xai", "mistral"),
    "makers": ("unitree", "agibot", "galbot", "moore-threads", "metax", "biren", "kunlunxin"),
}
SETS["compared"] = (*SETS["models"][:6], *SETS["vision"], *SETS["foreign"])
SET_WORDS = {
    "models": "Chinese model makers",
    "vision": "vision wave (2014-2021)",
    "foreign": "foreign model makers",
    "makers": "robots and chips",
    "compared": "model makers, vision, foreign",
}
WAVE = {
    "all": "any wave",
    "genai": "generative AI",
    "vision": "vision (2014-2021)",
    "other": "chips and older AI",
    "foreign": "foreign comparators",
}
ALIGN = {"date": "by date", "age": "by age"}
SCALE = {"log": "logarithmic", "linear": "linear", "index": "first value = 100"}
BASIS = {
    "all": "all bases",
    "round": "values of rounds",
    "post-money": "stated post-money only",
    "market": "market capitalisation",
}
BASES = {
    "round": ["post-money", "derived", "unstated", "pre-money"],
    "post-money": ["post-money"],
    "market": ["market-cap"],
}
UNVALUED: dict[Any, str] = {"left-out": "left out", "censored": "counted as below"}
HAIRCUT: dict[Any, str] = {0.0: "none", OVERSTATEMENT_PCT: "1/1.48 (Gornall & Strebulaev)"}
AS_OF: dict[Any, str] = {None: "latest", dt.date(2025, 12, 29): "29 Dec 2025", dt.date(2024, 6, 30): "30 Jun 2024"}
POLICY: dict[Any, str] = {"curated": "curators' choice", "lowest": "lowest claim", "highest": "highest claim"}
SHOWN = {
    "history": (
        "startup", "day", "value_usd_m", "value_low_usd_m", "value_high_usd_m", "basis", "talks",
        "claims", "origins", "publisher",
    ),
    "steps": (
        "startup", "from_date", "date", "from_usd_m", "from_basis", "value_usd_m", "basis", "step_up_x", "step_low_x",
        "step_high_x", "headline_x", "origins",
    ),
    "ladder": (
        "startup", "wave", "outcome", "date", "value_usd_m", "basis", "months", "months_low", "months_high", "last_below",
        "censored", "origins", "publisher",
    ),
}  # fmt: skip


class ValuationGrowth(Explorer):
    """Explore valuations: start-ups, wave, date or age, scale, basis, talks, haircut, and the lens.

    Parameters
    ----------
    ds : Dataset
        The data; the explorer opens with its lens.
    **settings
        Where the controls begin: ``view`` (``history``, ``steps``, ``ladder``, ``curve`` or ``listing``), ``startups``,
        ``wave``, ``align``, ``scale``, ``basis``, ``talks``, ``haircut``, ``unvalued``.

    Examples
    --------
    >>> ait.explore.ValuationGrowth(ait.load(), align="age")  # doctest: +SKIP
    """

    def controls(self) -> dict[str, Any]:
        """Widgets by the name of the argument that they set."""
        valued = self._base.lookup(
            """SELECT startup_id, name FROM data.startups WHERE startup_id IN (SELECT startup_id FROM data.valuations)
            ORDER BY name""",
            shared=True,
        )
        known = set(self._base.lookup("SELECT startup_id FROM data.startups", shared=True)["startup_id"])
        self._sets = {name: there for name, keys in SETS.items() if (there := [key for key in keys if key in known])}
        sets = {name: words for name, words in SET_WORDS.items() if name in self._sets}
        self._whose = {**sets, "all": "all Chinese start-ups", **dict(valued.iter_rows())}
        return {
            "view": choice("view", VIEW, "history"),
            "startups": choice("start-ups", self._whose, "models"),
            "wave": choice("wave", WAVE, "all"),
            "align": choice("aligned", ALIGN, "date", "By date, or by months since the founding"),
            "scale": choice("scale", SCALE, "log"),
            "basis": choice("basis", BASIS, "all", "Values of which kind"),
            "haircut": choice(
                "haircut",
                HAIRCUT,
                0.0,
                "On headline values: they overstate fair value by 48 per cent on average",
            ),
            "unvalued": choice("no value", UNVALUED, "left-out", "Start-ups without any known value, in the curve"),
            "talks": w.Checkbox(value=False, description="show talks", indent=False),
        }

    def _arguments(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Arguments of the function behind the view that differ from its defaults."""
        view, given = settings["view"], {}
        if view in {"history", "steps", "ladder"}:
            who = settings["startups"]
            if who != "all":
                given["startups"] = list(self._sets.get(who, (who,)))
        if settings["wave"] != "all":
            given["waves"] = settings["wave"]
        if view == "history":
            if settings["basis"] != "all":
                given["bases"] = BASES[settings["basis"]]
            given["talks"] = settings["talks"]
            if settings["haircut"]:
                given["overstatement_pct"] = settings["haircut"]
        if view == "curve" and settings["unvalued"] != "left-out":
            given["unvalued"] = settings["unvalued"]
        return given

    def frame(self, ds: Dataset, **settings: Any) -> pl.DataFrame:
        """Compute the frame behind the view."""
        make = {
            "history": valuation_history,
            "steps": step_ups,
            "ladder": time_to_unicorn,
            "curve": unicorn_curve,
            "listing": listings,
        }
        return make[settings["view"]](ds, **self._arguments(settings))  # type: ignore[operator, no-any-return]

    def drawing(self, ds: Dataset, frame: pl.DataFrame, **settings: Any) -> Drawing:
        """Say how the view is drawn, and from which sources it comes."""
        view = settings["view"]
        if view == "curve":
            waves = self._arguments(settings).get("waves")
            firsts = time_to_unicorn(ds, waves=waves)["source_id"].drop_nulls().to_list()
            return Drawing(ds, charts.unicorn_curve, frame, firsts)
        sources = frame["source_id"].drop_nulls().to_list()
        if view == "history":
            words = {name: settings[name] for name in ("align", "scale", "talks")}
            words["missing"] = self._missing(ds, frame, settings["startups"])
            return Drawing(ds, charts.valuation_history, frame, sources, words, SHOWN[view])
        draw = {"steps": charts.step_ups, "ladder": charts.time_to_unicorn, "listing": charts.listings}[view]
        return Drawing(ds, draw, frame, sources, {}, SHOWN.get(view, ()))

    @staticmethod
    def _missing(ds: Dataset, frame: pl.DataFrame, who: str) -> list[str]:
        """Names of the start-ups of a set of which the frame holds no value."""
        names = dict(ds.lookup("SELECT startup_id, name FROM data.startups", shared=True).iter_rows())
        return [names[s] for s in SETS.get(who, ()) if s in names and s not in set(frame["startup_id"])]

    def call(self, **settings: Any) -> str:
        """Write the call that gives the frame."""
        name = {
            "history": "valuation_history",
            "steps": "step_ups",
            "ladder": "time_to_unicorn",
            "curve": "unicorn_curve",
            "listing": "listings",
        }
        given = "".join(f", {key}={value!r}" for key, value in self._arguments(settings).items())
        return f"ait.{name[settings['view']]}(ds{given})"

    def words(self, **settings: Any) -> str:
        """Say the state of the controls in a sentence."""
        lens = f"; {self.lens.words}." if self.lens.words else "."
        view, who = settings["view"], settings["startups"]
        head, wave = VIEW[view].capitalize(), "" if settings["wave"] == "all" else f", {WAVE[settings['wave']]}"
        if view == "listing":
            return f"{head}, every listed{'' if wave else ' Chinese'} start-up{wave}{lens}"
        if view == "curve":
            return f"{head}{wave or ', Chinese start-ups'}; those without any known value {UNVALUED[settings['unvalued']]}{lens}"
        head += f" of {'all start-ups' if wave and who == 'all' else self._whose[who]}{wave}"
        if view != "history":
            return head + lens
        cut = (
            "no haircut"
            if not settings["haircut"]
            else f"headline values divided by {1 + settings['haircut'] / 100:.2f}"
        )
        talks = "with" if settings["talks"] else "without"
        return f"{head}, {ALIGN[settings['align']]}, {SCALE[settings['scale']]}, {BASIS[settings['basis']]}, {talks} talks, {cut}{lens}"

    def offered(self) -> dict[str, dict[Any, str]]:
        """Controls of a report: the lens, and where it makes a difference the start-ups."""
        # Two policies: a third adds a fifth to the page.
        policy = dict(list(POLICY.items())[:2])
        lens = {"as_of": AS_OF, "policy": policy}
        # A chart that begins with one of the sets leads to the others; one of the comparison or of one firm stays with it.
        if self.settings["view"] == "curve":
            return {"as_of": AS_OF, "unvalued": UNVALUED}
        # The comparison is large: a report holds it for each policy, and the other charts for dates.
        if self.settings["view"] in {"history", "steps"} and self.settings["startups"] in set(SETS) - {"compared"}:
            return {"startups": {k: v for k, v in SET_WORDS.items() if k != "compared"}, **lens}
        return (
            {"policy": policy}
            if self.settings["view"] == "history" and self.settings["startups"] in {"compared", "all"}
            else lens
        )

    def twin(self) -> dict[str, Any]:
        """Give the static twin; alignment, scale, talks and haircut are parameters that the page's script sets by itself."""
        settings = self.settings
        if settings["view"] != "history":
            return super().twin()

        def prepare(chosen: dict[str, Any], lens: Lens) -> Drawing:
            drawing = self.prepare({**chosen, "talks": True, "haircut": 0.0}, lens)
            drawing.words["talks"] = settings["talks"]
            return drawing

        form = static_twin(prepare, self.offered(), settings, self.lens)
        mine = {
            "aligned": ("Aligned", ALIGN, settings["align"]),
            "scaling": ("Scale", SCALE, settings["scale"]),
            "talks": ("Talks", {"false": "not shown", "true": "shown, hollow"}, str(settings["talks"]).lower()),
            "haircut": ("Haircut", {f"{k:g}": v for k, v in HAIRCUT.items()}, f"{settings['haircut']:g}"),
        }
        form["chart"]["params"]["haircut"] = settings["haircut"]
        for variant in form["chart"].get("variants", {}).values():
            # What the reader chose with these stays as it is when other rows come.
            for name in mine:
                variant["params"].pop(name)
        form["controls"] += [
            {
                "param": name, "label": label, "kind": "select", "value": value,
                "options": [{"value": str(k), "label": v} for k, v in options.items()],
            }
            for name, (label, options, value) in mine.items()
        ]  # fmt: skip
        return form
