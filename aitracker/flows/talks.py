"""Talks beside closed rounds: the same periods, never in the same sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from aitracker.flows.funding import funding_flows

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["flows_and_talks"]


def flows_and_talks(ds: Dataset, **arguments: Any) -> pl.DataFrame:
    """Money raised by period and group, and under their own status the rounds that were only in talks.

    Talks that became a round are left out: the money is in the round.

    Parameters
    ----------
    ds : Dataset
        The data and its lens.
    **arguments
        Those of :func:`aitracker.funding_flows`; ``status`` says which rounds count as raised.

    Returns
    -------
    polars.DataFrame
        The columns of :func:`aitracker.funding_flows` and ``status``: ``closed`` for the rounds that count, ``in-talks``
        for the others. Never add the two.

    Raises
    ------
    ValueError
        When an argument is not allowed; the message names the nearest.
    """
    closed = funding_flows(ds, **arguments).with_columns(status=pl.lit("closed"))
    talks = funding_flows(ds, **{**arguments, "status": ["in-talks"]}).with_columns(status=pl.lit("in-talks"))
    return pl.concat([closed, talks])
