"""Talks beside closed rounds: the same periods, never in the same sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.asked import words
from aitracker.flows.funding import funding_flows
from aitracker.vocabulary import STATUSES

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["flows_and_talks"]

TALKS = "in-talks"
RAISED = tuple(status for status in STATUSES if status != TALKS)


def flows_and_talks(ds: Dataset, **arguments: Any) -> pl.DataFrame:
    """Money raised by period and group, and under their own status the rounds that were only in talks.

    Talks that became a round are left out: the money is in the round.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    **arguments
        Those of :func:`aitracker.funding_flows`; ``status`` says which rounds count as raised, and talks never do.

    Returns
    -------
    polars.DataFrame
        The rows of :func:`aitracker.funding_flows` for the rounds that count as raised, then those for the talks:
        ``status`` is ``in-talks`` there. Never add the two.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    raised = words("status", arguments.get("status", ("closed",)), RAISED, empty=False)
    if raised is None:
        message = f"status must hold at least one of {', '.join(map(repr, RAISED))}, not None"
        raise ValueError(message)
    return pl.concat(funding_flows(ds, **{**arguments, "status": status}) for status in (raised, (TALKS,)))
