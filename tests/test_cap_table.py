"""Cap tables: companies made by hand whose whole table is known, contradictions, back-tests, and what must hold of any data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import aitracker as ait
from aitracker.ownership.cap_program import build, company
from aitracker.ownership.cap_read import money_off, rounded, sources_of
from aitracker.ownership.cap_table import EVERYBODY_ELSE
from aitracker.ownership.conflicts import Elastic
from aitracker.ownership.ledger import ledger_of
from aitracker.ownership.program import OTHERS, Issue, Program, Said
from aitracker.ownership.solver import Solver

Edit = Callable[..., None]
ON = "wire-old"


@pytest.fixture
def made(edit: Edit, folder: Path) -> Callable[..., ait.Dataset]:
    """Build a company ``zhi`` from what is told of it; everything else said of it is taken away."""
    for table in ("rounds", "participations", "valuations", "stakes", "claims", "events", "decisions"):
        path = folder / f"{table}.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for i, line in enumerate(lines) if i == 0 or "zhi" not in line), encoding="utf-8")
    edit("sources", {"source_id": "late"}, publisher="The exchange", title="All holders", published="2025-12-31",
         published_precision="day", published_basis="stated", language="en", kind="filing", url="https://example.org/late")  # fmt: skip

    for investor in ("ali-cloud", "ant"):  # an investor must be in something
        edit("participations", {"round_id": "moon-2024-02", "investor_id": investor}, instrument="unknown", role="participant",
             amount_qualifier="undisclosed", source_id="wire-feb")  # fmt: skip

    def make(
        rounds: Mapping[str, Mapping[str, str]] = {},
        parts: Mapping[str, Mapping[str, str]] = {},
        prices: Mapping[str, tuple[str, str]] = {},
        stakes: Mapping[str, Mapping[str, str]] = {},
        lists: Mapping[str, tuple[str, str, list[tuple[str, str, int]]]] = {},
        whole: str = "unknown",
    ) -> ait.Dataset:
        for key, cells in rounds.items():
            row = {"startup_id": "zhi", "kind": "equity", "date_precision": "day", "status": "closed", "counts_in_totals": "true",
                   "is_umbrella": "false", "source_id": "late", "investor_list": whole, "amount_qualifier": "undisclosed"}  # fmt: skip
            row |= {"announced": key, **cells}
            if "amount_m" in row:
                row |= {"currency": "USD", "amount_qualifier": cells.get("amount_qualifier", "exact")}
            edit("rounds", {"round_id": f"zhi-{key}"}, **row)
        for key, some in parts.items():
            for investor, amount in some.items():
                money = (
                    {"amount_m": amount, "currency": "USD", "amount_qualifier": "exact"}
                    if amount
                    else {"amount_qualifier": "undisclosed"}
                )
                role = "lead" if investor.endswith("!") else "participant"
                edit("participations", {"round_id": f"zhi-{key}", "investor_id": investor.rstrip("!")}, instrument="cash", role=role,
                     source_id="late", **money)  # fmt: skip
        for key, (value, basis) in prices.items():
            edit("valuations", {"valuation_id": f"zhi/{key}/{basis}"}, startup_id="zhi", as_of=key, date_precision="day", value_m=value,
                 currency="USD", qualifier="exact", basis=basis, status="closed", round_id=f"zhi-{key}", source_id="late")  # fmt: skip
        for key, cells in stakes.items():
            investor, day = key.split("@")
            row = {"investor_id": investor, "startup_id": "zhi", "as_of": day, "date_precision": "day", "qualifier": "exact",
                   "basis": "filing", "measure": "equity", "scope": "group", "source_id": "late"} | dict(cells)  # fmt: skip
            edit("stakes", {"stake_id": f"{investor}/zhi/{day}{cells.get('scope', '')}"}, **row)
        for table, (day, base, holders) in lists.items():
            total = int(base.replace(",", "").split()[-2])
            for line, (name, investor, shares) in enumerate(holders, 1):
                edit("cap_tables", {"table_id": table, "line": str(line)}, startup_id="zhi", as_of=day, base=base, holder=name,
                     shares=str(shares), pct=f"{100 * shares / total:.4f}", investor_id=investor, source_id="late")  # fmt: skip
        return ait.load(folder)

    return make


def stakes_of(frame: pl.DataFrame) -> dict[str, tuple[float, float]]:
    return {r["holder"]: (r["stake_low_pct"], r["stake_high_pct"]) for r in frame.iter_rows(named=True)}


def near(*ends: float, off: float = 1e-4) -> Any:
    return pytest.approx(ends if len(ends) > 1 else ends * 2, abs=off)


BEFORE = (
    "2024-12-20",
    "before the offering, 900 shares",
    [("Founder", "", 500), ("Ali Limited", "ali", 300), ("State Fund", "state", 100)],
)
AFTER = ("2025-01-02", "after the offering, 1,000 shares",
         [("Founder", "", 500), ("Ali Limited", "ali", 300), ("State Fund", "state", 100), ("Venture LP", "vc", 40)])  # fmt: skip
OFFER = {"2025-01-03": {"kind": "ipo", "amount_m": "200"}}


def test_share_counts_give_the_dilution_of_an_offering_and_both_lists_are_reproduced(
    made: Callable[..., ait.Dataset],
) -> None:
    # The first day's market value would say 200 / 3,000; the shares say 100 of 1,000.
    ds = made(
        OFFER,
        {"2025-01-03": {"vc": "80"}},
        {"2025-01-03": ("3000", "market-cap")},
        lists={"pre": BEFORE, "post": AFTER},
    )
    before = stakes_of(ait.cap_table(ds, "zhi", "2025-01-02"))
    assert before["Founder"] == near(100 * 500 / 900)
    assert before["Ali"] == near(100 * 300 / 900)
    assert before["State Fund"] == near(100 * 100 / 900)
    assert before[EVERYBODY_ELSE] == near(0.0)
    after = ait.cap_table(ds, "zhi", "2025-01-03")
    found = stakes_of(after)
    assert found["Founder"] == near(50.0)
    assert found["Ali"] == near(30.0)
    assert found["Venture"] == near(4.0), "80 of 200 bought 40 of the 100 new shares"
    assert found[EVERYBODY_ELSE] == near(6.0), "the public"
    assert after["stake_pct"].sum() == pytest.approx(100)
    assert set(after.filter(pl.col("holder") != EVERYBODY_ELSE)["basis"]) == {"disclosed"}
    said = after.filter(holder="Ali")["facts"].item().to_list()
    assert any(f.startswith("cap-table|") for f in said)
    assert after.filter(holder="Ali")["seen"].struct.field("source_ids").item().to_list() == ["late"]
    assert ait.contradictions(ds, "zhi").is_empty()


def test_an_over_allotment_goes_at_the_offer_price(made: Callable[..., ait.Dataset]) -> None:
    rounds = OFFER | {"2025-01-20": {"kind": "ipo", "series": "over-allotment", "amount_m": "30"}}
    prices = {"2025-01-03": ("2000", "market-cap")}
    ds = made(rounds, {"2025-01-03": {"vc": "80"}}, prices, lists={"pre": BEFORE, "post": AFTER})
    # The option sold 30 / 200 of what the offering did: 15 shares more.
    low, high = stakes_of(ait.cap_table(ds, "zhi", "2025-01-20"))["Ali"]
    assert low <= 100 * 300 / 1015 <= high
    assert high - low < 0.05


def test_what_affiliates_have_together_bounds_the_one_that_is_not_told(made: Callable[..., ait.Dataset]) -> None:
    stakes = {
        "ali@2024-03-01": {"pct": "6.0", "scope": "with-affiliates"},
        "ant@2024-03-01": {"pct": "3.66", "scope": "group"},
    }
    ds = made({"2023-03-01": {}}, {"2023-03-01": {"ali": "", "ant": ""}}, stakes=stakes)
    found = stakes_of(ait.cap_table(ds, "zhi", "2024-03-01"))
    assert found["Ant"] == near(3.655, 3.665)
    assert found["Ali"] == near(5.95 - 3.665, 6.05 - 3.655)
    together = stakes_of(ait.cap_table(ds.at(group="affiliates"), "zhi", "2024-03-01"))
    assert together["Ali"] == near(5.95, 6.05)


def test_who_is_missing_in_a_whole_list_may_be_behind_one_of_its_names(made: Callable[..., ait.Dataset]) -> None:
    lists = {"pre": ("2024-06-01", "before the offering, 1,000 shares",
                     [("Founder", "", 700), ("State Fund", "state", 200), ("A vehicle", "", 60), ("Ant Limited", "ant", 40)])}  # fmt: skip
    rounds, parts = {"2023-03-01": {}}, {"2023-03-01": {"ali": "", "ant": ""}}
    alone = stakes_of(ait.cap_table(made(rounds, parts, lists=lists), "zhi", "2024-06-01"))
    assert "Ali" not in alone, "the list is whole, and prints no Ali"
    assert alone["A vehicle"] == near(6.0)
    told = {"ali@2024-07-01": {"pct": "9.0", "scope": "with-affiliates", "basis": "reported"}}
    ds = made(stakes=told)
    found = stakes_of(ait.cap_table(ds, "zhi", "2024-07-01"))
    assert found["Ali"] == near(8.5 - 4.0, 9.5 - 4.0, off=1e-3)
    assert found["Ant"] == near(4.0)
    assert found["A vehicle"][0] < 1, "it may be Ali's"
    said = ait.contradictions(ds, "zhi")
    assert "assumed|zhi|nobody else behind printed names" in said["fact"].to_list()


def test_a_hidden_sale_is_an_assumption_at_fault(made: Callable[..., ait.Dataset]) -> None:
    rounds = {"2023-03-01": {"amount_m": "100"}, "2024-03-01": {"amount_m": "100"}}
    prices = {"2023-03-01": ("500", "post-money"), "2024-03-01": ("1000", "post-money")}
    ds = made(
        rounds, {"2023-03-01": {"vc": "100"}, "2024-03-01": {"ali": ""}}, prices, {"vc@2024-06-01": {"pct": "10.0"}}
    )
    # 20 per cent, diluted by a tenth, are 18; a filing says 10.
    found = ait.contradictions(ds)
    assert set(found["contradiction"]) == {1}
    assert set(found["kind"]) == {"assumption"}
    doubted = found.filter("doubted").row(0, named=True)
    assert doubted["fact"] == "assumed|vc|no unnamed sale"
    assert "sold" in doubted["what"]
    stake = found.filter(fact="stake|vc/zhi/2024-06-01|pct").row(0, named=True)
    assert stake["moves_pp"] == pytest.approx(7.5, abs=0.5), "18 at least, less what rounding may have taken"
    assert stake["source_id"] == "late"
    assert stake["publisher"] == "The exchange"
    table = ait.cap_table(ds, "zhi", "2024-06-01")
    assert stakes_of(table)["Venture"] == near(9.95, 10.05)
    assert not table["relaxed"].any(), "no source is at fault"
    earlier = stakes_of(ait.cap_table(ds, "zhi", "2023-12-31"))["Venture"]
    assert earlier[0] < 12, "it may have sold before the second round"
    assert earlier[1] > 19, "it may have sold before the second round or after"
    allowed = stakes_of(ait.cap_table(ds, "zhi", "2024-06-01", sales="allowed"))["Ali"]
    assert allowed[0] == pytest.approx(0, abs=1e-6)


def test_stakes_that_add_up_to_more_than_all_are_told_as_that(made: Callable[..., ait.Dataset]) -> None:
    stakes = {
        "ali@2024-03-01": {"pct": "60.0"},
        "vc@2024-03-02": {"pct": "30.0"},
        "state@2024-03-03": {"pct": "28.0", "basis": "reported"},
    }
    ds = made(stakes=stakes)
    found = ait.contradictions(ds, "zhi")
    assert found.height == 3
    assert set(found["kind"]) == {"sources"}
    assert "add up to 117." in found["what"].item(0)
    assert found.filter("doubted")["fact"].to_list() == ["stake|state/zhi/2024-03-03|pct"], (
        "what no filing says is doubted first"
    )
    assert found["moves_pp"].to_list() == pytest.approx([17.4] * 3, abs=0.3)
    table = ait.cap_table(ds, "zhi", "2024-03-03")
    assert table["relaxed"].all()
    assert stakes_of(table)["Ali"] == near(59.95, 60.05)


def test_a_stake_of_one_class_of_shares_is_only_a_ceiling(made: Callable[..., ait.Dataset]) -> None:
    ds = made(
        {"2023-03-01": {}},
        {"2023-03-01": {"ali": ""}},
        stakes={"ali@2024-03-01": {"pct": "12.0", "measure": "class-b"}},
    )
    assert stakes_of(ait.cap_table(ds, "zhi", "2024-03-01"))["Ali"] == near(0.0, 12.05)


def test_a_round_without_size_or_price_is_an_assumption_that_is_named(made: Callable[..., ait.Dataset]) -> None:
    ds = made({"2023-03-01": {}}, {"2023-03-01": {"ali": ""}})
    row = ait.cap_table(ds, "zhi", "2024-03-01").filter(holder="Ali").row(0, named=True)
    assert row["stake_high_pct"] == pytest.approx(30)
    assert "by convention" in row["binds"]
    assert row["facts"] == ["round|zhi-2023-03-01|amount"]


def test_the_part_of_a_round_that_nobody_priced_still_tells(made: Callable[..., ait.Dataset]) -> None:
    # Half of a round whose price is unknown: half of at most 30 per cent. The list of investors is whole.
    ds = made({"2023-03-01": {"amount_m": "101"}}, {"2023-03-01": {"ali": "50.5", "vc": ""}}, whole="complete")
    found = stakes_of(ait.cap_table(ds, "zhi", "2024-03-01"))
    assert found["Ali"][1] == pytest.approx(15, abs=0.3)
    assert found["Venture"][1] == pytest.approx(15, abs=0.3)


def test_a_later_disclosure_bounds_an_earlier_stake_unless_it_was_not_known_yet(
    made: Callable[..., ait.Dataset],
) -> None:
    rounds = {"2023-03-01": {}, "2024-03-01": {"amount_m": "100"}}
    prices = {"2024-03-01": ("1000", "post-money")}
    ds = made(
        rounds, {"2023-03-01": {"ali": ""}, "2024-03-01": {"vc": "100"}}, prices, {"ali@2024-06-01": {"pct": "18.0"}}
    )
    assert stakes_of(ait.cap_table(ds, "zhi", "2023-12-31"))["Ali"] == near(
        100 * 0.1795 / 0.901, 100 * 0.1805 / 0.899, off=0.05
    )
    unknown = ait.cap_table(ds.at(known_by="2025-06-01"), "zhi", "2023-12-31")
    assert unknown.is_empty() or unknown.height == 1, "the source is of the end of 2025: nothing was known"


def test_old_shares_that_are_sold_dilute_nobody(made: Callable[..., ait.Dataset]) -> None:
    rounds = {"2023-03-01": {"amount_m": "101"}, "2024-03-01": {"kind": "secondary", "amount_m": "53"}}
    prices = {"2023-03-01": ("505", "post-money"), "2024-03-01": ("1009", "post-money")}
    ds = made(rounds, {"2023-03-01": {"ali": "101"}, "2024-03-01": {"vc": "53"}}, prices)
    found = stakes_of(ait.cap_table(ds, "zhi", "2024-06-01"))
    assert found["Venture"] == near(100 * 53 / 1009, off=0.1)
    assert found["Ali"][1] == pytest.approx(20, abs=0.3), "nobody is diluted"
    assert found["Ali"][0] == pytest.approx(20 - 100 * 53 / 1009, abs=0.4), "nobody says who sold: Ali may have"


def test_a_company_that_was_bought_up_has_no_holders(made: Callable[..., ait.Dataset], edit: Edit) -> None:
    edit("startups", {"startup_id": "zhi"}, status="acquired", exit_date="2024-10-01", ticker="")
    ds = made({"2023-03-01": {}}, {"2023-03-01": {"ali": ""}})
    assert ait.cap_table(ds, "zhi").is_empty()
    assert not ait.cap_table(ds, "zhi", "2024-01-01").is_empty()
    assert ait.cap_path(ds, "zhi").is_empty()


def test_what_is_asked_wrongly_is_refused_with_what_is_allowed(small: ait.Dataset) -> None:
    with pytest.raises(ValueError, match="moon"):
        ait.cap_table(small, "mon")
    with pytest.raises(ValueError, match="reported"):
        ait.cap_table(small, "moon", sales="maybe")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="moon"):
        ait.contradictions(small, "mon")
    with pytest.raises(ValueError, match="later"):
        ait.backtest_cap_tables(small, "sooner")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="number"):
        ait.cap_path(small, "moon", 0)


def test_what_was_rounded() -> None:
    assert rounded(12.83) == pytest.approx(0.005)
    assert rounded(6) == pytest.approx(0.5)
    assert rounded(2.0, at_least=1) == pytest.approx(0.05)
    assert money_off(4818) == pytest.approx(0.5 / 4818)
    assert money_off(51100) == pytest.approx(50 / 51100)
    assert money_off(1000) == pytest.approx(0.01)
    assert money_off(652.219) == pytest.approx(0.0005 / 652.219)


# ------------------------------------------------------------------------------------------- what holds of any data


def startups_of(ds: ait.Dataset) -> list[str]:
    return ds.sql("SELECT startup_id FROM data.startups ORDER BY 1")["startup_id"].to_list()


def test_points_lie_within_their_ends_and_add_up(frozen: ait.Dataset) -> None:
    for startup in startups_of(frozen):
        frame = ait.cap_table(frozen, startup)
        if frame.is_empty():
            continue
        assert frame["stake_pct"].sum() == pytest.approx(100, abs=1e-3), startup
        told = frame.drop_nulls("stake_pct").filter(pl.col("holder") != EVERYBODY_ELSE)
        assert (told["stake_low_pct"] - 1e-6 <= told["stake_pct"]).all(), startup
        assert (told["stake_pct"] <= told["stake_high_pct"] + 1e-6).all(), startup
        assert frame["stake_low_pct"].sum() <= 100 + 1e-3, startup
        assert frame["stake_high_pct"].sum() >= 100 - 1e-3, startup


def test_a_group_has_what_its_vehicles_have(frozen: ait.Dataset) -> None:
    for startup in ("zhipu", "minimax", "01ai"):
        apart = ait.cap_table(frozen.at(group="none"), startup)
        for group in ("parent", "affiliates"):
            whole = ait.cap_table(frozen.at(group=group), startup)
            assert whole["stake_low_pct"].sum() >= apart["stake_low_pct"].sum() - 1e-4
            assert whole["stake_high_pct"].sum() <= apart["stake_high_pct"].sum() + 1e-4
            assert whole.height <= apart.height


def test_every_set_that_contradicts_itself_is_the_smallest(frozen: ait.Dataset) -> None:
    found = ait.contradictions(frozen)
    assert not found.is_empty(), "the frozen data has contradictions"
    for (startup, _), rows in found.group_by("startup_id", "contradiction", maintain_order=True):
        program = company(frozen, startup).bare
        elastic = Elastic(program)
        facts = rows["fact"].to_list()
        if "assumed|others|no unnamed sale" in facts:
            continue
        others = set(program.facts) - set(facts)
        assert not elastic.feasible(others), f"{startup}: these can be true together"
        for fact in facts:
            assert elastic.feasible(others | {fact}), f"{startup}: {fact} is not needed"
        assert rows["doubted"].sum() == 1


def test_the_solver_that_goes_on_gives_what_the_one_that_begins_anew_does(frozen: ait.Dataset) -> None:
    program = company(frozen, "minimax").program
    shape = program.shape()
    warm, cold = Solver(shape.upper, shape.equal), Solver(shape.upper, shape.equal, warm=False)
    for t in (1, len(program.issues)):
        for holder in program.holders[:8]:
            for sign in (1.0, -1.0):
                form = sign * program.form([holder], t)[shape.columns]
                one, other = (solver.least(form, int(shape.totals[t])).x for solver in (warm, cold))
                assert one is not None
                assert other is not None
                assert form @ one == pytest.approx(form @ other, abs=1e-7)


def test_no_company_can_have_sold_more_than_it_is() -> None:
    # However many facts give way, the others are not true for nothing.
    issues = [Issue(f"r{k}", 0.1, 0.2, {"a": (0.0, 0.1)}) for k in range(3)]
    program = Program(issues, [Said("x", 1, ("a",), 0.2, 0.2)])
    assert not program.feasible({"r1", "r2"})
    assert program.feasible({"x"})
    assert program.bound([OTHERS], 3, {"x"}).high == pytest.approx(1.0)


def test_a_test_leaves_out_what_it_asks_for(frozen: ait.Dataset) -> None:
    both = [ait.backtest_cap_tables(frozen, test) for test in ("later", "first")]
    frame = pl.concat(both)
    rows = frozen.sql(
        "SELECT count(DISTINCT (investor_id, startup_id, as_of)) FROM data.stakes WHERE measure = 'equity'"
    ).item()
    assert 0 < frame.height <= rows
    assert frame.select(pl.struct("startup_id", "investor_id", "date").is_duplicated().any()).item() is False
    exact = frame.filter(
        pl.col("estimated_high_pct") - pl.col("estimated_low_pct") < 1e-6, "covered", pl.col("disclosed_pct") > 1
    )
    assert exact.is_empty(), "a stake that is left out cannot be told to the last digit"
    summary = ait.cap_backtest_summary(frame)
    assert summary["stakes"].sum() == frame.height
    assert summary["covered_pct"].is_between(0, 100).all()
    assert np.isfinite(frame["estimated_high_pct"].to_numpy()).all()
    assert set(frame.filter(pl.col("test") == "later")["named"]) == {True}, "who was disclosed before is known"
    assert ait.backtest_cap_tables(frozen, "blind").is_empty(), "no whole list is in the frozen data"
    assert all(day is not None and day > dt.date(2015, 1, 1) for day in frame["date"])


def test_what_is_found_does_not_depend_on_what_was_asked_before(frozen: ait.Dataset) -> None:
    ledger, sources = ledger_of(frozen.at(group="none")), sources_of(frozen)
    found = []
    for turn in (1, -1):
        program = build(ledger, sources, "sensetime").program
        asked = [((h,), t) for h in program.holders[:6] for t in range(1, len(program.issues) + 1)][::turn]
        found.append(program.bounds(asked)[::turn])
    assert found[0] == found[1], "ends and facts alike, to the last digit"
