"""The funding explorer: who put in how much, when, into whom, under which grouping and lens."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import polars as pl

from aitracker import charts
from aitracker.explore.base import Explorer, choice, quarter_ends
from aitracker.facts import CARRIED
from aitracker.flows.funding import funding_flows
from aitracker.flows.matrix import investor_matrix
from aitracker.flows.static import funding_rows
from aitracker.flows.talks import flows_and_talks
from aitracker.view.figure import Drawing, static_form
from aitracker.vocabulary import FOREIGN, HOME_WAVES, INSTRUMENTS, SEGMENTS

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["FundingFlows"]

VIEW = {
    "columns": "columns by period",
    "cumulative": "raised since the start",
    "events": "over policy and chip controls",
    "sankey": "from whom to whom",
    "matrix": "investors by start-ups",
}
EVERY = {"1y": "year", "1q": "quarter"}
BY = {
    "investor_type": "type of investor",
    "investor": "investor",
    "country_group": "home of the investor",
    "startup": "start-up",
    "segment": "segment",
    "instrument": "instrument",
}
WAVE = {
    "all": "all Chinese waves",
    "genai": "generative AI",
    "vision": "vision (2014-2021)",
    "other": "chips and older AI",
    "foreign": "foreign comparators",
}
SEGMENT = {"all": "all segments"} | {s: s.replace("-", " ") for s in SEGMENTS}
INSTRUMENT = {"all": "all instruments"} | {i: charts.theme.label(i).lower() for i in INSTRUMENTS}
SPLIT = {"equal": "in equal parts", "lead-weighted": "leads count double", "stated": "not at all (stated only)"}
STATUS = {"closed": "closed only", "reported": "closed and reported"}
PAIRS = ("investor", "investor_type", "country_group")
PAIR_COLUMNS = (
    "investor", "investor_type", "country_group", "startup", "amount_usd_m", "amount_low_usd_m", "amount_high_usd_m",
    "stated_usd_m", "rounds", "rounds_counted", "rounds_unknown", "status", "waves", "scope", "universe", *CARRIED,
)  # fmt: skip
SET = ("status", "waves", "scope", "universe")
FRAMES = {"columns": "funding_flows", "cumulative": "funding_flows", "events": "funding_flows"}


class FundingFlows(Explorer):
    """Explore funding: as columns, sums or ribbons, by period, grouping, wave, segment, instrument, investor, and the lens.

    Parameters
    ----------
    ds : Dataset
        The data; the explorer opens with its lens.
    **settings
        Values of the controls at the start, by name, such as ``view="sankey"``.

    Examples
    --------
    >>> ait.explore.FundingFlows(ait.load(), view="sankey")  # doctest: +SKIP
    """

    def controls(self) -> dict[str, Any]:
        """Widgets by the name of the argument that they set."""
        # Where no round has a date the range is of no use, but has to be one.
        first, last = self._base.sql(
            "SELECT coalesce(min(announced), current_date), coalesce(max(announced), current_date) FROM data.rounds"
        ).row(0)
        ends = quarter_ends(dt.date(first.year, 1, 1), dt.date(last.year, 12, 31))
        options = [(f"Q{(d.month + 2) // 3} {d.year}", d) for d in ends]
        return {
            "view": choice("view", VIEW, "columns", "What is drawn"),
            "every": choice("period", EVERY, "1y"),
            "by": choice("grouping", BY, "investor_type"),
            "wave": choice("wave", WAVE, "genai"),
            "segment": choice("segment", SEGMENT, "all", "What the start-ups make"),
            "instrument": choice("instrument", INSTRUMENT, "all", "What was given"),
            "split": choice(
                "rest split",
                SPLIT,
                "equal",
                "How the money that no source ascribes is divided: a scenario, not a datum",
            ),
            "status": choice("rounds", STATUS, "closed", "Which rounds count as raised"),
            "investor": w.Combobox(
                value="",
                options=tuple(dict.fromkeys(self._names()["name"])),
                description="investor",
                placeholder="any; Chinese and old names too",
                ensure_option=False,
                continuous_update=False,
                style={"description_width": "6.5em"},
                layout={"width": "24em"},
            ),
            "talks": w.Checkbox(value=False, description="talks beside, hollow", indent=False),
            "quarters": w.SelectionRangeSlider(
                options=options,
                index=(0, len(options) - 1),
                description="quarters",
                tooltip="First and last quarter of the announcements",
                continuous_update=False,
                style={"description_width": "6.5em"},
                layout={"width": "34em"},
            ),
        }

    def _names(self) -> pl.DataFrame:
        """Every investor with its name, Chinese name, and what the notes tell of other names."""
        return self._base.lookup(
            "SELECT investor_id, name, array_to_string([name, name_zh, note, investor_id], '; ') AS names"
            " FROM data.investors ORDER BY name, investor_id",
            shared=True,
        )

    def _found(self, text: str) -> list[str]:
        """Keys of the investors that a text names: the very name first, else every name that holds the text."""
        names = self._names()
        wanted = text.strip().casefold()
        same = names.filter(pl.col("name").str.to_lowercase() == wanted)
        found = same if same.height else names.filter(
            pl.col("names").str.to_lowercase().str.contains(wanted, literal=True)
        )  # fmt: skip
        if found.is_empty():
            close = difflib.get_close_matches(text, names["name"].to_list(), n=1, cutoff=0.4)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            message = f"no investor is called {text!r}{hint}"
            raise ValueError(message)
        return found["investor_id"].to_list()

    def _arguments(self, **settings: Any) -> dict[str, Any]:
        """Arguments of the function that gives the frame; those that would change nothing are left out."""
        s = settings
        quarters = self._controls["quarters"] if hasattr(self, "_controls") else None
        ends = [d for _, d in quarters.options] if quarters is not None else list(s["quarters"])
        first, last = s["quarters"]
        given = {
            "by": s["by"],
            "every": s["every"],
            "split": s["split"],
            "waves": list(HOME_WAVES) if s["wave"] == "all" else [s["wave"]],
            "status": ["closed", "reported"] if s["status"] == "reported" else ["closed"],
        }
        if s["view"] not in FRAMES:
            del given["by"], given["every"]
        if s["instrument"] != "all":
            given["instruments"] = [s["instrument"]]
        if s["segment"] != "all":
            given["segments"] = [s["segment"]]
        if s["investor"].strip():
            given["investors"] = self._found(s["investor"])
        if first != ends[0]:
            given["since"] = str(first.replace(day=1, month=first.month - 2))
        if last != ends[-1]:
            given["until"] = str(last)
        return given

    @staticmethod
    def _talks(settings: dict[str, Any]) -> bool:
        return bool(settings["talks"]) and settings["view"] == "columns"

    def frame(self, ds: Dataset, **settings: Any) -> pl.DataFrame:
        """Compute the flows, or the pairs of investor and start-up."""
        given = self._arguments(**settings)
        if settings["view"] not in FRAMES:
            return investor_matrix(ds, **given).select(PAIR_COLUMNS)
        return flows_and_talks(ds, **given) if self._talks(settings) else funding_flows(ds, **given)

    def drawing(self, ds: Dataset, frame: pl.DataFrame, **settings: Any) -> Drawing:
        """Say how the frame is drawn."""
        view, sources = settings["view"], cited(frame)
        columns = shown(frame)
        if view == "sankey":
            by = settings["by"] if settings["by"] in PAIRS else "investor"
            return Drawing(ds, charts.sankey, frame, sources, {"by": by}, columns)
        if view == "matrix":
            return Drawing(ds, charts.investor_matrix, frame, sources, columns=columns)
        words: dict[str, Any] = {"every": settings["every"]}
        if view == "events":
            words["events"] = ds.table("events")
            return Drawing(ds, charts.flows_and_events, frame, sources, words, columns)
        draw = charts.cumulative_flows if view == "cumulative" else charts.funding_flows
        return Drawing(ds, draw, frame, sources, words, columns)

    def call(self, **settings: Any) -> str:
        """Write the call that gives the frame."""
        given = ", ".join(f"{key}={value!r}" for key, value in self._arguments(**settings).items())
        if settings["view"] not in FRAMES:
            return f"ait.investor_matrix(ds, {given}).select({', '.join(map(repr, PAIR_COLUMNS))})"
        return f"ait.{'flows_and_talks' if self._talks(settings) else 'funding_flows'}(ds, {given})"

    def words(self, **settings: Any) -> str:
        """Say the state of the controls in a sentence."""
        s = settings
        given = self._arguments(**s)
        status = "Closed and reported" if s["status"] == "reported" else "Closed"
        grouped = (
            f", by {BY[s['by']]}, per {EVERY[s['every']]}" if s["view"] in FRAMES else ", by investor and start-up"
        )
        parts = [
            f"{status} rounds of {WAVE[s['wave']]}{grouped}",
            f"money that no source ascribes to an investor is divided {SPLIT[s['split']]}",
        ]
        if s["segment"] != "all":
            parts.append(f"only {SEGMENT[s['segment']]}")
        if s["instrument"] != "all":
            parts.append(f"only what was given as {INSTRUMENT[s['instrument']]}")
        if "investors" in given:
            found = self._names().filter(pl.col("investor_id").is_in(given["investors"]))["name"].to_list()
            more = f" and {len(found) - 4} more" if len(found) > 4 else ""
            parts.append(f"only the parts of {', '.join(found[:4])}{more}")
        if "since" in given or "until" in given:
            parts.append(f"{given.get('since', 'the beginning')} to {given.get('until', 'the end')}")
        if self._talks(s):
            parts.append("talks beside, hollow, in no sum")
        if self.lens.words:
            parts.append(self.lens.words)
        return "; ".join(parts) + "."

    def offered(self) -> dict[str, dict[Any, str]]:
        """Wave, and what else changes the view and keeps the page small."""
        view = self.settings["view"]
        waves = {k: WAVE[k] for k in ("genai", "vision")}
        if view == "sankey":
            return {"policy": {"curated": "curated", "lowest": "lowest"}}
        if view == "matrix":
            return {"wave": waves, "policy": {"curated": "curated", "lowest": "lowest"}}
        return {
            "wave": waves,
            "by": {k: BY[k] for k in ("investor_type", "country_group")},
            "policy": {p: p for p in ("curated", "lowest")},
        }

    def twin(self) -> dict[str, Any]:
        """Give the same chart over rounds, with parameters in place of widgets: it adds up in the browser.

        The columns of what the explorer opens with add up single rounds; every other view is prepared for the offered
        controls.
        """
        ds, settings = self._base, self.settings
        plain = self._arguments(**settings).keys() <= {"by", "every", "split", "waves", "status"}
        if settings["view"] != "columns" or not plain or settings["talks"] or settings["status"] != "closed":
            return super().twin()
        wave = settings["wave"]
        if wave == FOREIGN:
            return super().twin()
        rows = funding_rows(ds, settings["split"])
        controls = charts.controls(rows)
        for control in controls:
            control["value"] = wave if control["param"] == "wave" else control["value"]
        first = self.prepare(self.settings, self.lens)
        live = static_form(Drawing(ds, charts.funding_flows_static, rows, first.source_ids, {"wave": wave}), controls)
        # The sentence and the table are those of the columns as first shown, not of the rounds behind them.
        on_screen = static_form(first)
        return {**on_screen, "chart": live["chart"], "controls": live["controls"]}


def cited(frame: pl.DataFrame) -> list[str]:
    """Sources of the facts in a frame, the most cited first."""
    told = Counter(source for seen in frame["seen"] for source in seen["source_ids"])
    return [source for source, _ in told.most_common()]


def shown(frame: pl.DataFrame) -> list[str]:
    """Columns of the table under a chart: not what every row carries, nor what is the same for the whole of a set."""
    same = [name for name in SET if name in frame.columns and frame[name].n_unique() < 2]
    return [name for name in frame.columns if name not in {*CARRIED, *same}]
