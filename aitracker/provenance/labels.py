"""What a fact is called: whose it is, and which of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aitracker.dataset import Dataset

__all__ = ["FACTS", "FIGURE", "field_words", "label", "subject_label"]

FIGURE: Final = {"round": "amount", "participation": "amount", "valuation": "value", "stake": "pct", "total": "value"}
"""The figure of each kind of subject that has one."""

FACTS: Final = """SELECT 'round' AS subject_kind, round_id AS subject_id, startup_id,
    coalesce('Round ' || date_words(announced, date_precision), 'Undated round') || coalesce(' (' || nullif(series, 'unknown') || ')', '')
    || ': size' AS fact
FROM data.rounds
UNION ALL
SELECT DISTINCT 'participation', round_id || '/' || investor_id, startup_id,
    coalesce('Round ' || date_words(announced, date_precision), 'Undated round') || ': part of ' || i.name
FROM data.participations JOIN data.rounds r USING (round_id) JOIN data.investors i USING (investor_id)
UNION ALL
SELECT 'valuation', valuation_id, startup_id, 'Value ' || date_words(as_of, date_precision) || ' (' || basis || ')'
FROM data.valuations
UNION ALL
SELECT 'stake', stake_id, startup_id, 'Stake of ' || i.name || ' ' || date_words(as_of, date_precision)
FROM data.stakes JOIN data.investors i USING (investor_id)"""
"""Query that gives each numeric fact a label: `subject_kind`, `subject_id`, `startup_id`, `fact`."""

_SUBJECTS: Final = f"""SELECT f.subject_kind, f.subject_id, s.name || ', ' || f.fact AS label
FROM ({FACTS}) f JOIN data.startups s USING (startup_id)
UNION ALL SELECT 'startup', startup_id, name FROM data.startups
UNION ALL SELECT 'investor', investor_id, name FROM data.investors
UNION ALL SELECT 'event', event_id, title FROM data.events
UNION ALL SELECT 'series', series_id,
    concat_ws(' ', coalesce(i.name, s.name, entity_id), replace(metric, '_', ' '), period_end::VARCHAR)
FROM data.series LEFT JOIN data.investors i ON investor_id = entity_id LEFT JOIN data.startups s ON startup_id = entity_id
UNION ALL SELECT 'total', total_id, statement FROM data.totals"""


def subject_label(ds: Dataset, kind: str, id: str) -> str:
    """Name a subject in words: the start-up with the round, the investor, the event; its key where it has no name."""
    names: dict[tuple[str, str], str] = ds.remember(
        "labels of subjects", lambda: {(k, i): label for k, i, label in ds.sql(_SUBJECTS).rows()}, every_lens=True
    )
    return names.get((kind, id), id)


def label(ds: Dataset, kind: str, id: str, field: str) -> str:
    """Name a fact in words: ``Moonshot AI, Round 2024-02-26 (A): size``, ``Alibaba, ceo role``."""
    whose = subject_label(ds, kind, id)
    return whose if FIGURE.get(kind) == field else f"{whose.removesuffix(': size')}, {field_words(field)}"


def field_words(field: str) -> str:
    """Write the name of a field as words."""
    return field.replace("_", " ")
