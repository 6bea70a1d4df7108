"""What was given for the shares, and what of it can come back: by hand on the small dataset, bounded on the real one."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import aitracker as ait
from aitracker.flows.returnable import COMPARATORS
from aitracker.vocabulary import GROUPS, POLICIES, WAVES


def row(frame: pl.DataFrame, **where: Any) -> dict[str, Any]:
    found = frame.filter(*[pl.col(c).is_null() if v is None else pl.col(c) == v for c, v in where.items()])
    assert found.height == 1, f"{where} has {found.height} rows"
    return found.row(0, named=True)


def interval(frame: pl.DataFrame, **where: Any) -> tuple[Any, Any, Any]:
    got = row(frame, **where)
    return got["amount_low_usd_m"], got["amount_usd_m"], got["amount_high_usd_m"]


def claim(edit: Any, field: str, source: str, low: str = "", high: str = "", **cells: str) -> None:
    """One more claim on how Ali paid, with the entry in the vocabulary that it needs."""
    edit(
        "fields",
        {"subject_kind": "participation", "field": field},
        dimension="text" if cells.get("unit") == "text" else "money",
        resolved="false",
        description="A part.",
    )
    subject = {"subject_kind": "participation", "subject_id": "moon-2024-02/ali", "field": field}
    given = {"unit": "USD_m", "rank": "normal", **subject, **cells}
    edit("claims", {"claim_id": f"x|{field}|{source}"}, source_id=source, value_low=low, value_high=high, **given)


def divided(edit: Any) -> None:
    """As in the real case: at most half in credits, or 300 of them, or less than 600 in cash."""
    claim(edit, "cloud_credit", "wire-feb", "300", "300")
    claim(edit, "cash", "filing-june", "", "600")


def test_a_share_of_credits_divides_the_cheque(small: ait.Dataset) -> None:
    # 800, of which just under half (45 to 50 %) in credits; the deprecated claim of more than half has no voice.
    frame = ait.instrument_mix(small, "ali")
    assert interval(frame, instrument="cloud-credit") == pytest.approx((360, 400, 400))
    assert interval(frame, instrument="cash") == pytest.approx((400, 400, 440))
    got = row(frame, instrument="cash")
    assert (got["claims"], got["origins"], got["source_ids"], got["basis"]) == (1, 1, "paper-may", "claims")
    assert (got["cheque_low_usd_m"], got["cheque_usd_m"], got["cheque_high_usd_m"]) == (760, 800, 840)


def test_the_interval_runs_over_all_voices(folder: Any, edit: Any) -> None:
    divided(edit)
    frame = ait.instrument_mix(ait.load(folder), "ali")
    assert interval(frame, instrument="cloud-credit") == pytest.approx((200, 400, 400))
    assert interval(frame, instrument="cash") == pytest.approx((400, 400, 600))
    got = row(frame, instrument="cloud-credit")
    assert (got["claims"], got["origins"]) == (3, 3)
    assert got["source_ids"].split(";")[0] == "paper-may", "the chosen voice first"


@pytest.mark.parametrize(
    ("policy", "credit", "cheque"),
    [
        ("curated", 400, 800),
        ("highest", 400, 800),
        ("median", 300, 800),
        ("lowest", 190, 790),
        ("filing-first", 190, 790),
    ],
)
def test_the_policy_takes_one_voice(folder: Any, edit: Any, policy: Any, credit: float, cheque: float) -> None:
    divided(edit)
    if policy == "median":  # the lower middle one of 790 and 800 would be 790
        edit(
            "claims",
            {"claim_id": "participation|moon-2024-02/ali|amount|filing-june"},
            value_low="800",
            value_high="800",
        )
    frame = ait.instrument_mix(ait.load(folder, policy=policy), "ali")
    assert row(frame, instrument="cloud-credit")["amount_usd_m"] == pytest.approx(credit)
    assert row(frame, instrument="cash")["amount_usd_m"] == pytest.approx(cheque - credit)


def test_only_voices_known_by_then_are_heard(folder: Any, edit: Any) -> None:
    divided(edit)
    frame = ait.instrument_mix(ait.load(folder, known_by="2024-05-14"), "ali")
    assert interval(frame, instrument="cloud-credit") == pytest.approx((300, 400, 400)), "the filing is of June"
    before = ait.instrument_mix(ait.load(folder, known_by="2024-04-30"), "ali")
    assert "cloud-credit" not in before["instrument"].to_list()


def test_a_claim_that_is_more_than_the_cheque_leaves_nothing_and_not_less(folder: Any, edit: Any) -> None:
    claim(edit, "cash", "wire-feb", "900", "900")
    frame = ait.instrument_mix(ait.load(folder), "ali")
    assert interval(frame, instrument="cloud-credit") == pytest.approx((0, 400, 400)), (
        "900 in cash of 800 leaves no credits"
    )
    assert interval(frame, instrument="cash") == pytest.approx((400, 400, 800))


def test_more_or_less_than_speaks_of_one_end_alone(folder: Any, edit: Any) -> None:
    paper = {"claim_id": "participation|moon-2024-02/ali|cloud_credit_share|paper-may"}
    edit("claims", paper, value_low="25", value_high="", qualifier="")
    frame = ait.instrument_mix(ait.load(folder), "ali")
    assert interval(frame, instrument="cloud-credit") == pytest.approx((200, 200, 800)), (
        "no voice says how much at most"
    )
    assert interval(frame, instrument="cash") == pytest.approx((0, 600, 600))
    edit("claims", paper, value_low="", value_high="50", qualifier="")
    frame = ait.instrument_mix(ait.load(folder), "ali")
    assert interval(frame, instrument="cloud-credit") == pytest.approx((0, 400, 400)), "nor how much at least"


def test_copies_of_one_piece_are_one_voice(folder: Any, edit: Any) -> None:
    claim(edit, "cloud_credit", "copy-2", "700", "700")
    got = row(ait.instrument_mix(ait.load(folder), "ali"), instrument="cloud-credit")
    assert (got["claims"], got["origins"]) == (2, 1)
    assert (got["amount_low_usd_m"], got["amount_high_usd_m"]) == pytest.approx((360, 400)), (
        "the original speaks, not its copy"
    )


def test_unknown_stays_unknown_in_its_own_row(small: ait.Dataset) -> None:
    frame = ait.instrument_mix(small)
    venture = row(frame, investor_id="vc")
    assert (venture["instrument"], venture["amount_usd_m"], venture["basis"]) == ("unknown", None, "bounds")
    assert (venture["amount_low_usd_m"], venture["amount_high_usd_m"]) == (0, 290)
    assert row(frame, round_id="zhi-2023", investor_id="state")["amount_usd_m"] == pytest.approx(26.4), (
        "CNY 500m less the 300m that its tranche brought at its own date"
    )
    total = ait.instrument_summary(small)
    assert row(total, instrument="cash")["amount_usd_m"] == pytest.approx(426.4), "400 of Ali, 26.4 of the state"
    unknown = row(total, instrument="unknown")
    told = (unknown["amount_usd_m"], unknown["rounds"], unknown["rounds_unknown"])
    assert told == (pytest.approx(42), 3, 2), "the tranche: nobody says what its CNY 300m were given in"


def test_a_mixed_cheque_that_nobody_divides_stays_mixed(folder: Any, edit: Any) -> None:
    edit(
        "claims",
        {"claim_id": "participation|moon-2024-02/ali|cloud_credit_share|paper-may"},
        rank="deprecated",
        reason="x",
    )
    frame = ait.instrument_mix(ait.load(folder), "ali").filter(pl.col("round_id") == "moon-2024-02")
    assert frame["instrument"].to_list() == ["mixed"]
    assert interval(frame, instrument="mixed") == (760, 800, 840)


def test_escrow_without_a_sum_lies_within_the_cash(folder: Any, edit: Any) -> None:
    claim(edit, "escrow", "wire-feb", unit="text", text_value="held in an account")
    ds = ait.load(folder)
    got = row(ait.instrument_mix(ds, "ali"), instrument="escrow")
    assert (got["amount_low_usd_m"], got["amount_usd_m"], got["amount_high_usd_m"]) == (0, None, pytest.approx(440))
    assert (got["part_of"], got["basis"], got["said"]) == ("cash", "said", "held in an account")
    assert row(ait.returnable_money(ds, "ali"), startup_id="moon")["share_high_escrow_pct"] == pytest.approx(100)


def test_share_that_can_come_back_and_its_ceiling(small: ait.Dataset) -> None:
    ds = small
    frame = ait.returnable_money(ds, "ali", quarters=8)
    got = row(frame, startup_id="moon")
    assert (got["share_low_pct"], got["share_high_pct"]) == pytest.approx((100 * 360 / 800, 50))
    # RMB 25,595m in the quarter to March 2024, at 0.1385.
    revenue = 25595 * 0.1385
    assert got["segment_revenue_usd_m"] == pytest.approx(revenue)
    assert got["ceiling_low_pct"] == pytest.approx(100 * 360 / (8 * revenue))
    assert got["ceiling_high_pct"] == pytest.approx(100 * 400 / (8 * revenue))
    assert (got["split"], got["share_high_escrow_pct"]) == ("known", None)
    other = row(frame, startup_id="zhi")
    assert (other["split"], other["committed_usd_m"], other["share_high_pct"]) == ("no sum", None, None)
    whole = row(frame, kind="all")
    assert (whole["rounds"], whole["rounds_unknown"], whole["committed_usd_m"]) == (2, 1, 800)
    assert (whole["split"], whole["rounds_resting"], whole["rounds_undivided"]) == ("partly", 1, 0)
    # Beside 360 to 400 of credits and 400 to 440 of cash, 0 to 273.6 of Zhi's round that may be either.
    assert whole["whole_low_pct"] == pytest.approx(100 * 360 / (360 + 440 + 273.6))
    assert whole["whole_high_pct"] == pytest.approx(100 * (400 + 273.6) / (400 + 273.6 + 400))
    assert (other["whole_low_pct"], other["whole_high_pct"]) == (0, 100)
    half = row(ait.returnable_money(ds, "ali", quarters=4), startup_id="moon")
    assert half["ceiling_high_pct"] == pytest.approx(2 * got["ceiling_high_pct"])


def test_the_ceiling_takes_the_smallest_quarter_of_the_draw_down(folder: Any, edit: Any) -> None:
    cells = {
        "entity_id": "ali",
        "metric": "cloud_revenue",
        "unit": "USD_m",
        "source_id": "filing-june",
        "is_forecast": "false",
    }
    edit("series", {"series_id": "ali-cloud_revenue-2024-06-30"}, period_end="2024-06-30", value="3000", **cells)
    edit("sources", {"source_id": "filing-june"}, published="2027-06-30")
    edit("series", {"series_id": "ali-cloud_revenue-2027-03-31"}, period_end="2027-03-31", value="10", **cells)
    ds = ait.load(folder)
    assert row(ait.returnable_money(ds, "ali"), startup_id="moon")["segment_revenue_usd_m"] == 3000
    edit(
        "series",
        {"series_id": "ali-cloud_revenue-2024-09-30"},
        period_end="2024-09-30",
        value="5",
        **cells | {"is_forecast": "true"},
    )
    assert row(ait.returnable_money(ait.load(folder), "ali"), startup_id="moon")["segment_revenue_usd_m"] == 3000, (
        "a plan is no revenue"
    )
    alone = row(ait.returnable_money(ds, "ali", quarters=1), startup_id="moon")
    assert alone["segment_revenue_usd_m"] == pytest.approx(25595 * 0.1385)


def test_a_cheque_outside_the_draw_down_has_no_ceiling(folder: Any, edit: Any) -> None:
    edit(
        "participations",
        {"round_id": "zhi-2023", "investor_id": "ali-cloud"},
        amount_m="1",
        currency="USD",
        amount_qualifier="exact",
    )
    key = {"round_id": "zhi-2023", "investor_id": "ali"}
    edit("participations", key, amount_m="100", currency="USD", amount_qualifier="exact")
    whole = row(ait.returnable_money(ait.load(folder), "ali"), kind="all")
    # 101 of an unknown kind beside 360 to 400 of credits and 400 to 440 of cash.
    assert (whole["split"], whole["ceiling_high_pct"]) == ("partly", None)
    assert whole["share_low_pct"] == pytest.approx(100 * 360 / (360 + 440 + 101))
    assert whole["share_high_pct"] == pytest.approx(100 * 501 / 901)


def test_a_share_is_known_only_where_no_round_of_the_pair_is_dark(folder: Any, edit: Any) -> None:
    assert row(ait.returnable_money(ait.load(folder), "ali"), startup_id="moon")["split"] == "known"
    row_ = {"round_id": "moon-2024-08", "investor_id": "ali", "instrument": "cash"}
    edit("participations", row_, role="lead", amount_qualifier="undisclosed", source_id="blog-undated")
    got = row(ait.returnable_money(ait.load(folder), "ali"), startup_id="moon")
    assert (got["split"], got["rounds"], got["rounds_resting"]) == ("partly", 2, 1)
    assert got["share_high_pct"] == 50, "of the cheque that is stated"
    assert (got["whole_low_pct"], got["whole_high_pct"]) == (0, 50), "cash of any size can only lower the share"
    prices = ait.credit_value(ait.load(folder), "ali", prices=[0])
    assert prices.select("rounds_resting", "rounds").row(0) == (1, 2)


def test_minimax_is_not_known_from_its_order_alone(frozen: ait.Dataset) -> None:
    frame = ait.returnable_money(frozen)
    got = row(frame, kind="pair", startup_id="minimax")
    assert (got["split"], got["rounds"], got["rounds_resting"]) == ("partly", 2, 1)
    assert got["whole_high_pct"] > 90, "the cheque of the round that it led is dark"
    whole = row(frame, kind="all")
    assert (whole["rounds_resting"], whole["rounds"], whole["split"]) == (3, 17, "partly")
    assert (whole["whole_low_pct"], whole["whole_high_pct"]) == (0, 100)


@pytest.mark.parametrize(
    ("call", "near"),
    [
        (lambda ds: ait.instrument_mix(ds, "aly"), "ali"),
        (lambda ds: ait.instrument_mix(ds, status=["close"]), "closed"),
        (lambda ds: ait.returnable_money(ds, "stat"), "state"),
        (lambda ds: ait.instrument_summary(ds, scope="model-makr"), "model-maker"),
        (lambda ds: ait.returnable_money(ds, "ali", waves=["gen-ai"]), "genai"),
    ],
)
def test_wrong_arguments_are_met_with_the_nearest(small: ait.Dataset, call: Any, near: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{near}'"):
        call(small)


def test_a_draw_down_has_quarters(small: ait.Dataset) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ait.returnable_money(small, "ali", quarters=0)


def test_moonshot_as_its_sources_tell_it(frozen: ait.Dataset) -> None:
    frame = ait.instrument_mix(frozen, "alibaba").filter(pl.col("round_id") == "moonshot-2024-02")
    # The paper: just under half of 800; a magazine: 300; an investor: less than 600 in cash.
    assert interval(frame, instrument="cloud-credit") == pytest.approx((200, 400, 400))
    assert interval(frame, instrument="cash") == pytest.approx((400, 400, 600))
    assert row(frame, instrument="cash")["origins"] == 3
    assert row(frame, instrument="escrow")["amount_usd_m"] is None
    pair = row(ait.returnable_money(frozen), kind="pair", startup_id="moonshot")
    assert (pair["share_low_pct"], pair["share_high_pct"]) == pytest.approx((25, 50))


def test_the_comparators_stand_beside_it(frozen: ait.Dataset) -> None:
    frame = ait.returnable_money(frozen).filter(pl.col("kind") == "comparator")
    assert set(frame.select("investor_id", "startup_id").rows()) == set(COMPARATORS)
    # USD 1bn half in credits, 2bn (1.9 to 2.1) of credits, 10bn (9.5 to 10.5) that nobody has divided.
    got = row(frame, investor_id="microsoft")
    assert got["committed_usd_m"] == pytest.approx(13000)
    assert (got["returnable_low_usd_m"], got["returnable_high_usd_m"]) == pytest.approx((2400, 13100))
    unsaid = frame.filter(pl.col("split") == "unknown")
    assert unsaid.height == 3
    assert unsaid["share_low_pct"].to_list() == [0, 0, 0]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("group", GROUPS)
def test_parts_of_a_cheque_keep_its_bounds(real: ait.Dataset, policy: Any, group: Any) -> None:
    frame = ait.instrument_mix(real.at(policy=policy, group=group)).filter(pl.col("part_of").is_null())
    assert frame.height > 100
    low, high, amount = pl.col("amount_low_usd_m"), pl.col("amount_high_usd_m"), pl.col("amount_usd_m")
    assert frame.filter((low < 0) | (low > high + 1e-6) | (amount < low - 1e-6) | (amount > high + 1e-6)).is_empty()
    whole = frame.group_by("round_id", "investor_id").agg(
        pl.col("amount_usd_m").sum(), low.sum().alias("low"), high.sum().alias("high"), pl.col("cheque_usd_m").first()
    )
    stated = whole.drop_nulls("cheque_usd_m")
    assert stated.filter((pl.col("amount_usd_m") - pl.col("cheque_usd_m")).abs() > 0.005).is_empty()
    assert stated.filter(
        (pl.col("low") > pl.col("cheque_usd_m") + 1e-6) | (pl.col("high") < pl.col("cheque_usd_m") - 1e-6)
    ).is_empty()


@pytest.mark.parametrize("policy", POLICIES)
def test_shares_are_shares(real: ait.Dataset, policy: Any) -> None:
    for investor in ("alibaba", "tencent", "microsoft"):
        every = ait.returnable_money(real.at(policy=policy), investor, waves=list(WAVES))
        wide, narrow = (
            pl.col("whole_high_pct") - pl.col("whole_low_pct"),
            pl.col("share_high_pct") - pl.col("share_low_pct"),
        )
        assert every.filter(wide < narrow - 1e-9).is_empty(), "more cheques, wider bounds"
        assert every.filter((pl.col("split") == "known") & (pl.col("rounds_unknown") > 0)).is_empty()
        frame = every.drop_nulls("share_low_pct")
        low, high = pl.col("share_low_pct"), pl.col("share_high_pct")
        assert frame.filter((low < 0) | (low > high + 1e-9) | (high > 100 + 1e-9)).is_empty()
        assert frame.filter(pl.col("share_high_escrow_pct") < high - 1e-9).is_empty()
