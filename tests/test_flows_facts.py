"""What the rows of flows rest on: by hand on the small dataset; on the real one their facts give their numbers again."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.facts import Fact
from aitracker.vocabulary import WAVES

FEB, AUG, ZHI, TALKS = (
    f"round|{key}|amount" for key in ("moon-2024-02", "moon-2024-08", "zhi-2023", "moon-2024-01-talks")
)


def part(key: str, field: str = "amount") -> str:
    return f"participation|{key}|{field}"


ALI, VC, STATE = (part(f"moon-2024-02/{key}") for key in ("ali", "vc", "state"))
ZHI_ALI, ZHI_CLOUD, ZHI_ANT, ZHI_STATE = (part(f"zhi-2023/{key}") for key in ("ali", "ali-cloud", "ant", "state"))
SHARE = part("moon-2024-02/ali", "cloud_credit_share")
REVENUE = "series|ali-cloud_revenue-2024-03-31|value"
TOTAL = "total|zhi-total_raised-2023|value"
OF_ZHI = {ZHI, ZHI_ALI, ZHI_CLOUD, ZHI_STATE}
# A tranche of it counted at its own date; what is left of the whole is its size less that of the tranche.
TRANCHE, TRANCHE_STATE = "round|zhi-2023-a|amount", part("zhi-2023-a/state")
OF_STATE = {ZHI_STATE, ZHI, TRANCHE, TRANCHE_STATE}
YEAR = pl.col("period").dt.year()
TYPE = pl.col("investor_type")
BIG = pl.col("group") == "big-tech"

# What is called, which of its rows, and the facts of that row.
ROWS: list[tuple[str, Any, Any, set[str]]] = [
    ("round_split, stated", lambda ds: ait.round_split(ds, "moon-2024-02"), pl.col("investor_id") == "ali", {ALI}),
    ("round_split, split", lambda ds: ait.round_split(ds, "moon-2024-02"), pl.col("investor_id") == "vc", {FEB, ALI, VC}),
    ("round_split, rest", lambda ds: ait.round_split(ds, "moon-2024-02"), pl.col("investor_id").is_null(), {FEB, ALI}),
    ("flows, stated", lambda ds: ait.funding_flows(ds, every="1y"), (YEAR == 2024) & (TYPE == "big-tech"), {ALI}),
    ("flows, split", lambda ds: ait.funding_flows(ds, every="1y"), (YEAR == 2024) & (TYPE == "vc"), {FEB, ALI, VC}),
    ("flows, unknown", lambda ds: ait.funding_flows(ds, every="1y"), (YEAR == 2024) & (TYPE == "unknown"), {FEB, ALI, AUG}),
    ("flows, start-up", lambda ds: ait.funding_flows(ds, "startup", "1y"), YEAR == 2023, OF_ZHI | {ZHI_ANT, TRANCHE, TRANCHE_STATE}),
    ("flows, own part", lambda ds: ait.funding_flows(ds, "investor", "1y", investors=["state"]), YEAR == 2023, OF_STATE),
    ("talks", lambda ds: ait.flows_and_talks(ds.at(as_of="2024-02-01")), pl.col("status") == "in-talks", {TALKS}),
    ("talks, closed", ait.flows_and_talks, pl.col("investor_type") == "vc", {FEB, ALI, VC}),
    ("matrix, stated", ait.investor_matrix, (pl.col("investor_id") == "ali") & (pl.col("startup_id") == "moon"), {ALI}),
    ("matrix, split", ait.investor_matrix, (pl.col("investor_id") == "ali") & (pl.col("startup_id") == "zhi"), OF_ZHI | {TRANCHE}),
    ("matrix, counted alone", ait.investor_matrix, (pl.col("investor_id") == "state") & (pl.col("startup_id") == "zhi"), OF_STATE),
    ("portfolio", lambda ds: ait.portfolio(ds, "ali"), pl.col("round_id") == "moon-2024-02", {ALI}),
    ("portfolio, vehicles", lambda ds: ait.portfolio(ds, "ali"), pl.col("round_id") == "zhi-2023", {ZHI_ALI, ZHI_CLOUD}),
    ("portfolio, apart", lambda ds: ait.portfolio(ds.at(group="none"), "ali-cloud"), pl.col("round_id") == "zhi-2023", {ZHI_CLOUD}),
    ("mix, divided", lambda ds: ait.instrument_mix(ds, "ali"), pl.col("instrument") == "cash", {ALI, SHARE}),
    ("mix, stated", lambda ds: ait.instrument_mix(ds, "state"), pl.col("instrument") == "cash", {ZHI_STATE, ZHI, TRANCHE}),
    ("mix, bounds", lambda ds: ait.instrument_mix(ds, "vc"), pl.col("instrument") == "unknown", {FEB, ALI, VC}),
    ("summary, cash", ait.instrument_summary, pl.col("instrument") == "cash", {ALI, SHARE, ZHI_STATE, ZHI, TRANCHE}),
    ("summary, credits", ait.instrument_summary, pl.col("instrument") == "cloud-credit", {ALI, SHARE}),
    ("summary, unknown", lambda ds: ait.instrument_summary(ds, "ali"), pl.col("instrument") == "unknown", OF_ZHI | {TRANCHE}),
    ("returnable, pair", lambda ds: ait.returnable_money(ds, "ali"), pl.col("startup_id") == "moon", {ALI, SHARE, REVENUE}),
    ("returnable, no sum", lambda ds: ait.returnable_money(ds, "ali"), pl.col("startup_id") == "zhi", OF_ZHI | {TRANCHE}),
    ("returnable, all", lambda ds: ait.returnable_money(ds, "ali"), pl.col("kind") == "all", {ALI, SHARE, REVENUE, TRANCHE} | OF_ZHI),
    ("credits", lambda ds: ait.credit_value(ds, "ali", prices=[50]), pl.col("startup_id") == "moon", {ALI, SHARE}),
    ("draw-down", lambda ds: ait.draw_down(ds, "ali", quarters=[8]), pl.col("startup_id") == "moon", {ALI, SHARE, REVENUE}),
    ("waves, own", ait.waves, BIG & (pl.col("age") == "0-23"), {ALI, FEB, "startup|moon|founded"}),
    ("waves, old", ait.waves, BIG & (pl.col("age") == "48-71"), OF_ZHI | {TRANCHE, "startup|zhi|founded"}),
    ("waves, any age", ait.waves, (pl.col("group") == "vc") & (pl.col("age") == "all"), {FEB, ALI, VC, ZHI, TRANCHE}),
    ("tie-out", ait.tie_out, pl.col("entity_id") == "zhi", {TOTAL, ZHI}),
]  # fmt: skip


@pytest.mark.parametrize(("make", "where", "facts"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_facts_of_a_row_by_hand(small: ait.Dataset, make: Any, where: Any, facts: set[str]) -> None:
    found = make(small).filter(where)
    assert found.height == 1, f"{found.height} rows"
    told = found["facts"].item().to_list()
    assert set(told) == facts
    assert len(told) == len(set(told)), "each once"


FRAMES = {
    "round_split": ait.round_split,
    "funding_flows": ait.funding_flows,
    "flows_and_talks": ait.flows_and_talks,
    "investor_matrix": ait.investor_matrix,
    "portfolio": ait.portfolio,
    "instrument_mix": ait.instrument_mix,
    "instrument_summary": ait.instrument_summary,
    "returnable_money": ait.returnable_money,
    "credit_value": ait.credit_value,
    "draw_down": ait.draw_down,
    "waves": ait.waves,
    "tie_out": ait.tie_out,
}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("lens", [{}, {"policy": "lowest", "known_by": "2025-06-30"}, {"as_of": "1990-01-01"}])
def test_every_row_carries_facts_that_there_are_and_how_it_was_seen(real: ait.Dataset, name: str, lens: Any) -> None:
    ds = real.at(**lens)
    frame = FRAMES[name](ds)
    assert frame.columns[4:6] == ["facts", "seen"]
    assert (frame["facts"].list.len() > 0).all(), "a row that rests on nothing"
    keys = {
        "round": set(ds.rounds["round_id"]),
        "participation": set(ds.participations.select(pl.format("{}/{}", "round_id", "investor_id")).to_series()),
        "series": set(ds.series["series_id"]),
        "total": set(ds.totals["total_id"]),
        "event": set(ds.events["event_id"]),
        "startup": set(ds.startups["startup_id"]),
    }
    told = [Fact.read(text) for text in frame["facts"].explode(empty_as_null=True).drop_nulls().unique()]
    assert [fact for fact in told if fact.id not in keys[fact.kind]] == []
    for seen in frame["seen"]:
        assert (seen["lens"], seen["version"]) == (ds.lens.words, ds.version)
        assert seen["source_ids"]


class Book:
    """Sizes and parts as the data tells them, to add them up again from the facts of a row."""

    def __init__(self, ds: ait.Dataset) -> None:
        self.sizes = dict(ds.rounds.select("round_id", "amount_usd_m").rows())
        self.counted = dict(ds.rounds.select("round_id", "counted_usd_m").rows())
        self.whole = dict(ds.rounds.select("round_id", "parent_round_id").rows())
        parts = ds.participations.group_by("round_id", "investor_id", "group_id").agg(
            pl.col("amount_usd_m").sum(), known=pl.col("amount_usd_m").is_not_null().any()
        )
        self.parts = {f"{r}/{i}": (r, g, amount if known else None) for r, i, g, amount, known in parts.iter_rows()}

    def money(self, facts: list[str]) -> float:
        """Sizes of the rounds; where a round has none, or is no fact of the row, its stated parts."""
        told = [Fact.read(text) for text in facts]
        sized = {f.id for f in told if f.kind == "round" and f.field == "amount" and self.sizes[f.id] is not None}
        parts = [self.parts[f.id] for f in told if f.kind == "participation" and f.field == "amount"]
        return sum(self.sizes[r] for r in sized) + sum(a or 0.0 for r, _, a in parts if r not in sized)

    def sums(self, facts: list[str]) -> list[float]:
        """As :meth:`money`, with what counts at a date: a tranche is in the sum, or only taken from its whole."""
        told = {f.id for f in map(Fact.read, facts) if f.kind == "round" and f.field == "amount"}
        tranches = [r for r in told if self.whole[r] in told and self.counted[r] is not None]
        extra = sum(
            (self.counted[r] or 0.0) - (self.sizes[r] or 0.0) for r in told - set(tranches) if self.sizes[r] is not None
        )
        base = self.money([f for f in facts if Fact.read(f).id.partition("/")[0] not in tranches]) + extra
        out = [base]
        for r in tranches:
            out += [one + self.counted[r] for one in out]
        return out

    def own(self, facts: list[str], group: str | None) -> float:
        """Stated parts of one investor."""
        told = [Fact.read(text) for text in facts]
        parts = [self.parts[f.id] for f in told if f.kind == "participation" and f.field == "amount"]
        return sum(a or 0.0 for _, g, a in parts if g == group)


@pytest.fixture(scope="module")
def book(frozen: ait.Dataset) -> Book:
    return Book(frozen)


def test_facts_of_a_start_up_and_period_give_its_money(frozen: ait.Dataset, book: Book) -> None:
    frame = ait.funding_flows(frozen, "startup", "1y", waves=list(WAVES)).drop_nulls("amount_usd_m")
    assert frame.height > 60
    for row in frame.iter_rows(named=True):
        assert any(one == pytest.approx(row["amount_usd_m"]) for one in book.sums(row["facts"])), row["startup"]


def test_facts_of_an_investor_give_its_stated_parts_and_hold_the_rest(frozen: ait.Dataset, book: Book) -> None:
    frame = ait.investor_matrix(frozen).filter(pl.col("rounds_counted") > 0, pl.col("investor_id").is_not_null())
    assert frame.height > 200
    for row in frame.iter_rows(named=True):
        own = book.own(row["facts"], row["investor_id"])
        assert own == pytest.approx(row["stated_usd_m"] or 0.0), row["investor"]
        if row["amount_usd_m"] is not None:
            assert own - 1e-6 <= row["amount_usd_m"] <= row["amount_high_usd_m"] + 1e-6
            assert row["amount_usd_m"] <= book.money(row["facts"]) + 1e-6


def test_facts_of_a_share_give_its_bucket(frozen: ait.Dataset, book: Book) -> None:
    frame = ait.waves(frozen).filter(pl.col("bucket_usd_m").is_not_null())
    assert frame.height > 60
    for row in frame.iter_rows(named=True):
        told = (row["wave"], row["group"], row["age"])
        assert any(one == pytest.approx(row["bucket_usd_m"]) for one in book.sums(row["facts"])), told
    several = frame.filter(pl.col("age") == "all", pl.col("wave") == "genai", pl.col("by") == "investor_type")
    assert len({tuple(facts) for facts in several["facts"]}) == several.height, "each row has facts of its own"


def test_facts_of_a_deal_give_what_was_committed(frozen: ait.Dataset, book: Book) -> None:
    for investor in ("alibaba", "microsoft"):
        frame = ait.returnable_money(frozen, investor, waves=list(WAVES)).drop_nulls("committed_usd_m")
        assert frame.height > 3
        for row in frame.iter_rows(named=True):
            assert book.own(row["facts"], row["investor_id"]) == pytest.approx(row["committed_usd_m"]), row["label"]


def test_facts_of_a_cheque_give_its_amount(frozen: ait.Dataset, book: Book) -> None:
    for row in ait.instrument_mix(frozen).drop_nulls("cheque_usd_m").iter_rows(named=True):
        assert book.own(row["facts"], row["investor_id"]) == pytest.approx(row["cheque_usd_m"]), row["round_id"]
    for row in ait.portfolio(frozen).drop_nulls("amount_usd_m").iter_rows(named=True):
        assert book.own(row["facts"], "alibaba") == pytest.approx(row["amount_usd_m"]), row["round_id"]


def test_cash_rests_on_its_two_rounds(frozen: ait.Dataset) -> None:
    summary = ait.instrument_summary(frozen, "alibaba")
    cash = summary.filter(pl.col("instrument") == "cash").row(0, named=True)
    rounds = {Fact.read(text).id.split("/")[0] for text in cash["facts"]}
    assert (cash["rounds"], len(rounds)) == (2, 2)


def test_facts_of_a_sum_that_answers_a_total(frozen: ait.Dataset, book: Book) -> None:
    sums = ait.tie_out(frozen).filter(
        pl.col("unit") == "USD_m",
        pl.col("scope").str.starts_with("closed equity rounds"),
        pl.col("computed").is_not_null(),
    )
    assert sums.height > 5
    for row in sums.iter_rows(named=True):
        assert row["facts"][0] == f"total|{row['total_id']}|value"
        money = book.money([f for f in row["facts"] if not f.startswith("total|")])
        assert row["computed"] - 1e-6 <= money <= row["computed_high"] + 1e-6, row["total_id"]
