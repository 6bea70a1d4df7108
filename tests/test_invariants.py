"""What must hold of every number, whatever the lens: no value without a claim, one voice an origin, no blends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aitracker as ait
from aitracker.vocabulary import POLICIES

SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DAYS = st.dates(dt.date(2014, 1, 1), dt.date(2027, 1, 1))
FACT = ["subject_kind", "subject_id", "field"]

# Every table frame with a figure that a policy chooses: its subject, its native figure and unit.
FIGURES = {
    "rounds": ("round", pl.col("round_id"), "amount_m", pl.col("currency") + "_m", "amount"),
    "participations": (
        "participation", pl.concat_str("round_id", pl.lit("/"), "investor_id"), "amount_m", pl.col("currency") + "_m", "amount",
    ),
    "valuations": ("valuation", pl.col("valuation_id"), "value_m", pl.col("currency") + "_m", "value"),
    "stakes": ("stake", pl.col("stake_id"), "pct", pl.lit("pct"), "pct"),
}  # fmt: skip


def figures(ds: ait.Dataset) -> pl.DataFrame:
    """Every figure of the table frames, with the subject that it is of."""
    frames = []
    for table, (kind, key, value, unit, field) in FIGURES.items():
        frame = ds.table(table).with_columns(subject_id=key)
        if table == "participations":  # several instruments are parts of one cheque: their sums are no claim on it
            frame = frame.filter(pl.len().over("subject_id") == 1)
        frames.append(
            frame.filter(pl.col(value).is_not_null()).select(
                subject_kind=pl.lit(kind), subject_id="subject_id", field=pl.lit(field), value=value, unit=unit, source_id="source_id",
                claims="claims", origins="origins",
            )
        )  # fmt: skip
    return pl.concat(frames)


@pytest.mark.parametrize("policy", POLICIES)
def test_no_number_without_a_claim_behind_it(real: ait.Dataset, policy: Any) -> None:
    seen = real.at(policy=policy)
    shown = figures(seen)
    stated = seen.claims.filter(pl.col("rank") != "deprecated").select(*FACT, "value", "unit", "source_id")
    assert shown.height > 300
    assert shown.join(stated, on=[*FACT, "value", "unit", "source_id"], how="anti").is_empty()
    assert shown.filter((pl.col("claims") < 1) | (pl.col("origins") < 1)).is_empty()


def test_parts_in_several_instruments_are_stated_each_by_its_row(real: ait.Dataset) -> None:
    several = real.participations.filter(pl.len().over("round_id", "investor_id") > 1, pl.col("amount_m").is_not_null())
    rows = real.sql("SELECT round_id, investor_id, instrument, amount_m FROM data.participations")
    assert several.join(rows, on=rows.columns, how="anti").is_empty()


@SLOW
@given(policy=st.sampled_from(POLICIES), day=DAYS)
def test_the_choice_is_one_known_claim_a_fact(real: ait.Dataset, policy: Any, day: dt.date) -> None:
    seen = real.at(policy=policy, known_by=day)
    chosen = seen.sql("SELECT * FROM resolved(CAST(getvariable('known_by') AS DATE), getvariable('policy'))")
    assert chosen.select(FACT).is_duplicated().sum() == 0, "two choices on one fact"
    assert chosen.filter((pl.col("known_from") > day) | pl.col("known_from").is_null()).is_empty()
    shown = figures(seen)
    assert shown.join(chosen, on=[*FACT, "value", "unit", "source_id"], how="anti").is_empty()


# A copy ---------------------------------------------------------------------------------------------------------------


def copied(edit: Any, origin: str, kind: str, subject: str, field: str, value: str, unit: str, n: int = 3) -> None:
    """Let pages repeat an origin and state a figure of their own."""
    for i in range(n):
        page = f"zz-copy-{i}"
        edit(
            "sources", {"source_id": page}, origin_id=origin, publisher=f"Copier {i}", published="2024-12-01", published_precision="day",
            published_basis="stated", language="en", kind="filing",
        )  # fmt: skip
        edit(
            "claims", {"claim_id": f"{kind}|{subject}|{field}|{page}"}, subject_kind=kind, subject_id=subject, field=field,
            value_low=value, value_high=value, unit=unit, source_id=page, rank="normal",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("origin", "kind", "subject", "field", "unit"),
    [
        ("wire-feb", "round", "moon-2024-02", "amount", "USD_m"),
        ("wire-feb", "valuation", "moon/2024-02-26/post-money", "value", "USD_m"),
        ("filing-june", "stake", "ali/moon/2024-03-31", "pct", "pct"),
        ("paper-may", "participation", "moon-2024-02/ali", "amount", "USD_m"),
    ],
)
def test_copies_never_raise_the_number_of_origins(
    small: ait.Dataset, folder: Any, edit: Any, origin: str, kind: str, subject: str, field: str, unit: str
) -> None:
    value = {"round": "1000", "valuation": "2500", "stake": "36", "participation": "800"}[kind]
    copied(edit, origin, kind, subject, field, value, unit)
    many = ait.load(folder)

    def counted(ds: ait.Dataset) -> dict[str, Any]:
        rows = figures(ds).filter(pl.col("subject_kind") == kind, pl.col("subject_id") == subject)
        return rows.row(0, named=True)

    before, after = counted(small), counted(many)
    assert after["claims"] == before["claims"] + 3
    assert after["origins"] == before["origins"]
    assert after["value"] == before["value"]
    assert (
        ait.corroboration(many, "moon")["origins_all"].unique().to_list()
        == ait.corroboration(small, "moon")["origins_all"].unique().to_list()
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_copies_have_no_vote(small: ait.Dataset, folder: Any, edit: Any, policy: Any) -> None:
    # Ten filings that repeat the wire with another figure: the wire speaks for its origin, through the curators' row.
    copied(edit, "wire-feb", "round", "moon-2024-02", "amount", "77", "USD_m", n=10)
    amount = pl.col("round_id") == "moon-2024-02"
    before, after = (
        d.at(policy=policy).rounds.filter(amount)["amount_usd_m"].item() for d in (small, ait.load(folder))
    )
    assert before == after


def test_origins_are_never_more_than_pages_and_copies_never_their_own(real: ait.Dataset) -> None:
    shown = figures(real)
    assert shown.filter(pl.col("origins") > pl.col("claims")).is_empty()
    copies = real.sql("SELECT source_id, origin_id FROM data.sources WHERE origin_id IS NOT NULL")
    assert copies.height > 40
    claims = (
        real.claims.filter(pl.col("source_id").is_in(copies["source_id"].to_list()))
        if "origin_id" in real.claims.columns
        else None
    )
    assert claims is not None
    assert claims.filter(pl.col("origin_id") == pl.col("source_id")).is_empty()
    assert not set(copies["origin_id"]) & set(copies["source_id"]), "an origin that repeats another"


# Events ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_no_blend_of_events(real: ait.Dataset, policy: Any) -> None:
    # A talk and the round that it became each keep figures that were claimed of them alone.
    seen = real.at(policy=policy)
    talks = ait.rumours(seen).drop_nulls(["rumour_usd_m", "became_usd_m"])
    assert talks.height >= 5
    for row in talks.iter_rows(named=True):
        for kind, key, value in (
            (row["subject_kind"], row["subject_id"], row["rumour_usd_m"]),
            (row["became_kind"], row["became_id"], row["became_usd_m"]),
        ):
            own = ait.claims(seen, kind, key, "amount" if kind == "round" else "value")
            assert value in own.filter(pl.col("rank") != "deprecated")["value_usd_m"].to_list()


def test_talks_and_closes_are_never_counted_together(small: ait.Dataset, folder: Any, edit: Any) -> None:
    before = ait.funding_flows(small, every="1y")["amount_usd_m"].sum()
    edit("rounds", {"round_id": "moon-2024-01-talks"}, amount_m="99999")
    assert ait.funding_flows(ait.load(folder), every="1y")["amount_usd_m"].sum() == pytest.approx(before)


def test_a_claim_on_one_round_moves_no_other(small: ait.Dataset, folder: Any, edit: Any) -> None:
    edit("claims", {"claim_id": "round|moon-2024-02|amount|filing-june"}, value_low="400")
    for policy in POLICIES:
        before, after = (figures(d.at(policy=policy)) for d in (small, ait.load(folder)))
        moved = before.join(after, on=[*FACT, "value"], how="anti")
        assert set(moved["subject_id"]) <= {"moon-2024-02"}


# Time -----------------------------------------------------------------------------------------------------------------


@SLOW
@given(day=DAYS)
def test_an_undated_source_never_makes_anything_known(real: ait.Dataset, day: dt.date) -> None:
    undated = set(real.sql("SELECT source_id FROM data.sources WHERE published IS NULL")["source_id"])
    assert len(undated) > 10
    seen = real.at(known_by=day)
    assert undated.isdisjoint(seen.sources["source_id"])
    assert undated.isdisjoint(seen.claims["source_id"])
    assert undated.isdisjoint(figures(seen)["source_id"])


def test_what_only_undated_sources_state_is_known_by_no_day(folder: Any, edit: Any) -> None:
    for page in ("wire-feb", "paper-may", "copy-1", "copy-2", "filing-june"):
        edit("sources", {"source_id": page}, published="", published_precision="", published_basis="")
    ds = ait.load(folder, known_by="2100-01-01")
    assert "moon-2024-02" not in ds.rounds["round_id"].to_list()
    assert ds.valuations.is_empty()
    assert ds.stakes.is_empty()
    assert ait.claims(ds, "round", "moon-2024-02").is_empty()
    assert ait.load(folder).rounds.filter(pl.col("round_id") == "moon-2024-02")["amount_usd_m"].item() == 1000


def test_before_its_first_claim_a_fact_is_absent_and_from_it_on_there(real: ait.Dataset) -> None:
    tables = {
        "round": ("rounds", "round_id"),
        "valuation": ("valuations", "valuation_id"),
        "stake": ("stakes", "stake_id"),
    }
    known = ait.known_when(real).filter(pl.col("subject_kind").is_in(list(tables)), pl.col("known").is_not_null())
    for row in known.sample(15, seed=5).iter_rows(named=True):
        table, key = tables[row["subject_kind"]]
        value = {"rounds": "amount_usd_m", "valuations": "value_usd_m", "stakes": "pct"}[table]

        def there(day: dt.date, table: str = table, key: str = key, value: str = value, row: Any = row) -> bool:
            seen = real.at(known_by=day).table(table).filter(pl.col(key) == row["subject_id"])
            return bool(seen.height and seen[value].item() is not None)

        assert not there(row["known"] - dt.timedelta(days=1)), row["subject_id"]
        if row["value"] is not None:
            assert there(row["known"]), row["subject_id"]
