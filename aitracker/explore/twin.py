"""The static twin of an explorer: its chart prepared for every combination of the controls that a report offers."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

from aitracker.view.figure import static_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitracker.lens import Lens
    from aitracker.view.figure import Drawing

__all__ = ["static_twin"]

MOST_COMBINATIONS = 400
LENS = ("as_of", "known_by", "policy", "group")
LABELS = {"as_of": "As of", "known_by": "As known on", "policy": "Where claims differ", "group": "Investors"}
NONE = "latest"


def static_twin(
    prepare: Callable[[dict[str, Any], Lens], Drawing],
    offered: dict[str, dict[Any, str]],
    settings: dict[str, Any],
    lens: Lens,
) -> dict[str, Any]:
    """Prepare a chart for every combination of the offered controls.

    Parameters
    ----------
    prepare
        Computes the drawing for settings and lens.
    offered
        Values and their words by the name of a control or of a part of the lens; ``None`` means no limit.
    settings, lens
        Where the controls begin; what is not offered stays as it is.

    Returns
    -------
    dict
        The static form of the first chart, with ``controls`` and, in ``chart``, the rows of every ``variant``. Where a
        combination needs another template than the first chart (another chart function, say), its own is kept too.

    Raises
    ------
    ValueError
        When there are more than 400 combinations.
    """
    opening = prepare(settings, lens)
    first = static_form(opening)
    if not offered:
        return first
    start = {name: getattr(lens, name) if name in LENS else settings[name] for name in offered}
    values = {name: list(dict.fromkeys([start[name], *words])) for name, words in offered.items()}
    count = 1
    for choices in values.values():
        count *= len(choices)
    if count > MOST_COMBINATIONS:
        message = f"the twin would hold {count} combinations, more than {MOST_COMBINATIONS}: offer fewer values"
        raise ValueError(message)
    variants = {}
    for combination in itertools.product(*values.values()):
        chosen = dict(zip(offered, combination, strict=True))
        drawing = prepare(
            {**settings, **{k: v for k, v in chosen.items() if k not in LENS}},
            dataclasses.replace(lens, **{k: v for k, v in chosen.items() if k in LENS}),
        )
        form = drawing.payload(like=opening)
        variants["|".join(map(key_of, combination))] = {**form.pop("chart"), **form}
    first["chart"]["variant_keys"] = list(offered)
    first["chart"]["variants"] = variants
    first["controls"] = [
        {
            "variant": name,
            "label": LABELS.get(name, name.replace("_", " ").capitalize()),
            "kind": "select",
            "value": key_of(start[name]),
            "options": [{"value": key_of(v), "label": offered[name].get(v, str(v))} for v in values[name]],
        }
        for name in offered
    ]
    return first


def key_of(value: object) -> str:
    """Text of a value in the page: the same for a control's option and for the key of a variant."""
    return NONE if value is None else str(value)
