"""Frames of holdings as the library gives them, made by hand, for tests of charts."""

# ruff: noqa: E501 - a frame reads as a table

from datetime import date

import polars as pl

F = pl.Float64
DAY = date(2024, 5, 31)


def _frame(rows, given, **schema):
    return pl.DataFrame(given if rows is None else rows, schema=schema, orient="row")


def about(frame, **words):
    """Give every row what a frame says of itself."""
    return frame.with_columns(pl.lit(word).alias(name) for name, word in words.items())


ALIBABA = {"investor_id": "alibaba", "investor": "Alibaba"}


def ranged(*names):
    return dict.fromkeys(names, F)


def positions(rows=None):
    given = [
        ("moonshot", "Moonshot AI", "月之暗面", "disclosed", DAY, 36.0, 34.2, 37.8, 2500.0, 900.0, 855.0, 945.0, 800.0, 760.0, 840.0, 400.0, None, None, 0.75, "a"),
        ("zhipu", "Zhipu AI (Z.ai; Knowledge Atlas Technology)", "智谱", "estimated", DAY, 8.0, 5.0, 12.0, 3000.0, 240.0, 150.0, 360.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 0.2, "b"),
        ("minimax", "MiniMax", None, "disclosed, diluted", DAY, 2.4, 2.0, 2.6, 2500.0, 60.0, 50.0, 65.0, None, 0.0, 600.0, None, None, None, 0.05, "c"),
        ("baichuan", "Baichuan AI", "百川智能", "unknown", DAY, None, 0.0, 11.0, 1800.0, None, 0.0, 198.0, None, None, None, None, None, None, None, "d"),
        ("vast", "VAST (Tripo AI)", None, "unknown", None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, "e"),
    ]  # fmt: skip
    frame = _frame(
        rows, given, startup_id=pl.String, startup=pl.String, startup_zh=pl.String, basis=pl.String, stake_date=pl.Date,
        **ranged("stake_pct", "stake_low_pct", "stake_high_pct", "valuation_usd_m", "value_usd_m", "value_low_usd_m",
                 "value_high_usd_m", "cost_usd_m", "cost_low_usd_m", "cost_high_usd_m", "cash_usd_m", "cash_low_usd_m",
                 "cash_high_usd_m", "weight"), source_id=pl.String,
    )  # fmt: skip
    if rows is None:
        frame = frame.with_columns(
            weight_low=pl.Series([0.6, 0.1, 0.02, 0.0, 0.0]), weight_high=pl.Series([0.8, 0.3, 0.07, 0.15, 1.0]),
            value_date=pl.Series([DAY, date(2023, 6, 1), DAY, DAY, None]), age_days=pl.Series([0, 365, 0, 0, None]),
            stale=pl.Series([False, True, False, False, None]),
        )  # fmt: skip
    return about(frame, **ALIBABA, scope="ai", weighting="value")


def card(**changes):
    return {
        "holder_id": "alibaba", "holder": "Alibaba", "kind": "investor", "policy": "curated", "weighting": "value",
        "positions": 5, "weighted": 3, "effective_number": 1.655, "effective_low": 1.31, "effective_high": 2.44,
        "hhi": 0.605, "hhi_low": 0.41, "hhi_high": 0.76, "top_1_pct": 75.0, "top_3_pct": 100.0, "above_5_pct": 95.0,
        "five_ten_forty": False, "gini": 0.47, "count_pct": 60.0, "value_pct": 70.0, "owned_pct": 12.0,
        "active_share_pct": 58.0, "look_through_usd": 0.66, "look_through_low_usd": 0.58, "look_through_high_usd": 0.8,
        "verdict": "no", "finding": "three quarters of it is one start-up.", "holds_under": 5, "policies": 6,
        "holds_in": 2, "scopes": 3, "universe": "unicorns", "scope": "genai", "threshold_usd_m": 1000.0,
        "market_cap_date": DAY, "market_pct": 60.0, "round_pct": 40.0, "stale_pct": 0.0,
    } | changes  # fmt: skip


FUND = {
    "holder_id": "etf-kweb", "holder": "KraneShares CSI China Internet ETF", "kind": "fund", "effective_number": 14.8,
    "hhi": 0.0675, "top_1_pct": 11.2, "top_3_pct": 28.4, "five_ten_forty": False, "verdict": None, "as_of": date(2025, 11, 30),
}  # fmt: skip


def contents(rows=None):
    given = [
        ("moonshot", "Moonshot AI", 0.51, 0.48, 0.54, 36.0, 900.0, 176000.0, DAY, "a"),
        ("zhipu", "Zhipu AI (Z.ai)", 0.14, 0.09, 0.2, 8.0, 240.0, 176000.0, DAY, "b"),
        ("minimax", "MiniMax", 0.003, 0.002, 0.004, 2.4, 60.0, 176000.0, DAY, "c"),
        ("baichuan", "Baichuan AI", None, None, None, None, None, 176000.0, DAY, "d"),
        (None, "Everything else", 99.347, 98.4, 99.43, None, None, 176000.0, DAY, None),
    ]
    frame = _frame(
        rows, given, startup_id=pl.String, startup=pl.String,
        **ranged("usd", "usd_low", "usd_high", "stake_pct", "value_usd_m", "market_cap_usd_m"),
        market_cap_date=pl.Date, source_id=pl.String,
    )  # fmt: skip
    if rows is None:
        frame = frame.with_columns(
            value_date=pl.Series([DAY, DAY, date(2023, 6, 1), None, None]), age_days=pl.Series([0, 0, 365, None, None]),
            stale=pl.Series([False, False, True, None, None]),
            mark=pl.Series(["round's price", "market price", "stale", None, None]),
        )  # fmt: skip
    return about(frame, **ALIBABA, scope="ai", of_usd=100.0)


def path(rows=None):
    given = [
        (date(2023, 10, 9), "round", "Round 2023-10-09", 20.0, 10.0, 30.0, 20.0, None, None, None),
        (date(2024, 2, 26), "round", "Round 2024-02-26 (A+)", 32.0, 28.95, 35.4, 24.0, 10.0, None, None),
        (date(2024, 3, 31), "disclosed", "Disclosed 2024-03-31", 36.0, 34.2, 37.8, None, None, 36.0, 32.0),
        (date(2024, 8, 5), "round", "Round 2024-08-05", None, 30.0, 37.8, None, None, None, None),
        (date(2026, 1, 1), "round", "Round 2026-01-01", 30.1, 27.9, 33.0, 2.0, 6.0, None, None),
    ]
    frame = _frame(
        rows, given, date=pl.Date, kind=pl.String, label=pl.String,
        **ranged("stake_pct", "stake_low_pct", "stake_high_pct", "bought_pct", "dilution_pct", "disclosed_pct", "estimated_pct"),
    )  # fmt: skip
    return about(frame, **ALIBABA, startup_id="moonshot", startup="Moonshot AI")


def backtest(rows=None):
    given = [
        ("alibaba/minimax/2025-12-21", "Alibaba", "MiniMax", date(2025, 12, 21), 13.66, 9.1, 0.0, 18.4, -4.56, True),
        ("alibaba/moonshot/2024-03-31", "Alibaba", "Moonshot AI", date(2024, 3, 31), 36.0, 40.0, 38.0, 42.0, 4.0, False),
        ("tencent/enflame/2024-08-27", "Tencent", "Enflame Technology", date(2024, 8, 27), 21.0, None, 0.0, 23.2, None, True),
        ("ant/orbbec/2025-03-14", "Ant Group", "Orbbec", date(2025, 3, 14), 10.0, None, None, None, None, None),
    ]  # fmt: skip
    return _frame(
        rows, given, stake_id=pl.String, investor=pl.String, startup=pl.String, date=pl.Date,
        **ranged("disclosed_pct", "estimated_pct", "estimated_low_pct", "estimated_high_pct", "error_pp"), covered=pl.Boolean,
    )  # fmt: skip


def history(rows=None):
    given = [
        (date(2023, 12, 31), "Alibaba", 3, None, None, None, 20.0, 25.0, None, None, None),
        (date(2024, 3, 31), "Alibaba", 4, 1.6, 1.3, 2.4, 60.0, 70.0, 12.0, 10.0, 15.0),
        (date(2024, 6, 30), "Alibaba", 5, 1.9, 1.5, 2.6, 55.0, 65.0, 11.0, 9.0, 16.0),
        (date(2024, 3, 31), "Tencent", 3, 2.1, 1.0, 3.0, 30.0, 35.0, 4.0, 0.0, 9.0),
        (date(2024, 6, 30), "Tencent", 4, 2.2, 1.0, 4.0, 35.0, 38.0, 3.0, 0.0, 9.0),
        (date(2024, 6, 30), "HongShan", 9, None, None, None, 80.0, 85.0, None, None, None),
    ]
    frame = _frame(
        rows, given, date=pl.Date, investor=pl.String, positions=pl.Int64,
        **ranged("effective_number", "effective_low", "effective_high", "count_pct", "value_pct", "owned_pct",
                 "owned_low_pct", "owned_high_pct"),
    )  # fmt: skip
    return about(frame, universe="unicorns", scope="genai", threshold_usd_m=1000.0, weighting="value")


def one_history(rows=None):
    return history(rows).filter(pl.col("investor") == "Alibaba")


def curves(rows=None):
    given = [
        ("Alibaba", 0.0, 0.0, 0.47), ("Alibaba", 1 / 3, 0.05, 0.47), ("Alibaba", 2 / 3, 0.25, 0.47), ("Alibaba", 1.0, 1.0, 0.47),
        ("Tencent", 0.0, 0.0, 0.1), ("Tencent", 0.5, 0.4, 0.1), ("Tencent", 1.0, 1.0, 0.1),
    ]  # fmt: skip
    return _frame(rows, given, investor=pl.String, **ranged("share_positions", "share_value", "gini"))


NAMES = {
    "alibaba": "Alibaba",
    "tencent": "Tencent",
    "meituan": "Meituan",
    "hongshan": "HongShan",
    "state-funds": "State funds",
}
TYPES = {
    "alibaba": "big-tech",
    "tencent": "big-tech",
    "meituan": "big-tech",
    "hongshan": "vc",
    "state-funds": "state-fund",
}


def overlaps(rows=None):
    keys = list(NAMES)
    given = [
        (NAMES[a], NAMES[b], 1.0 if a == b else None if "hongshan" in (a, b) else round(0.07 * (keys.index(a) + keys.index(b)), 2), 2, "MiniMax, Moonshot AI")
        for a in keys for b in keys
    ]  # fmt: skip
    frame = _frame(rows, given, name_a=pl.String, name_b=pl.String, overlap=F, shared=pl.Int64, startups=pl.String)
    dark = pl.col("overlap").is_null()
    frame = frame.with_columns(
        overlap_low=pl.when(dark).then(0.0).otherwise("overlap"), overlap_high=pl.when(dark).then(0.58).otherwise("overlap"),
        weighted_shared=pl.lit(1, pl.Int64),
    )  # fmt: skip
    return about(frame, weighting="value", scope="ai")


def ties(rows=None):
    keys = list(NAMES)
    given = [
        (a, NAMES[a], TYPES[a], b, NAMES[b], TYPES[b], 1 + (i + 2 * j) % 5, 1, "MiniMax")
        for i, a in enumerate(keys) for j, b in enumerate(keys) if i < j
    ]  # fmt: skip
    return _frame(
        rows, given, **dict.fromkeys(("investor_a", "name_a", "type_a", "investor_b", "name_b", "type_b"), pl.String),
        startups=pl.Int64, rounds=pl.Int64, names=pl.String,
    )  # fmt: skip


def unknowns(rows=None):
    given = [
        ("Moonshot AI", "stake", 1.4, 2.1, 0.7),
        ("Baichuan AI", "valuation", 1.6, 1.9, 0.3),
        ("Moonshot AI", "left out", 1.9, 3.1, 1.2),
        ("VAST (Tripo AI)", "stake", 1.65, 1.65, 0.0),
    ]
    frame = _frame(
        rows, given, startup=pl.String, unknown=pl.String, **ranged("effective_low", "effective_high", "swing")
    )
    return about(frame, **ALIBABA, weighting="value", scope="genai", rests_on=3, rests_of=5)
