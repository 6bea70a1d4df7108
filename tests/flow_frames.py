"""Hand-made frames for the charts of flows, with values that are known, bounded and unknown."""

from datetime import date

import polars as pl

F, S, N, D, B = pl.Float64, pl.String, pl.Int64, pl.Date, pl.Boolean


def frame(columns, rows):
    return pl.DataFrame(rows, schema=columns, orient="row")


def flows():
    columns = {
        "period": D, "investor_type": S, "amount_usd_m": F, "amount_low_usd_m": F, "amount_high_usd_m": F,
        "stated_usd_m": F, "rounds": N, "rounds_unknown": N, "total_low_usd_m": F, "total_high_usd_m": F,
        "total_rounds": N, "incomplete": B,
    }  # fmt: skip
    return frame(columns, [
        (date(2023, 1, 1), "vc", 300.0, 100.0, 450.0, 100.0, 4, 0, 340.0, 360.0, 5, False),
        (date(2023, 1, 1), "unknown", 50.0, 50.0, 50.0, 0.0, 1, 0, 340.0, 360.0, 5, False),
        (date(2023, 7, 1), "big-tech", 800.0, 800.0, 800.0, 800.0, 1, 0, 800.0, 900.0, 3, True),
        (date(2023, 7, 1), "state-fund", None, None, None, None, 2, 2, 800.0, 900.0, 3, True),
    ])  # fmt: skip


def events():
    columns = {"event_id": S, "date": D, "date_precision": S, "kind": S, "title": S, "is_forecast": B}
    return frame(columns, [
        ("bis", date(2023, 3, 7), "day", "export-control", "Chips restricted", False),
        ("rules", date(2023, 8, 15), "day", "regulation", "Rules in force", False),
        ("plan", date(2023, 9, 1), "month", "chips", "A chip is planned", True),
        ("late", date(2026, 1, 1), "year", "chips", "After the last period", False),
    ])  # fmt: skip


def pairs():
    columns = {
        "investor": S, "investor_type": S, "startup": S, "amount_usd_m": F, "amount_low_usd_m": F,
        "amount_high_usd_m": F, "stated_usd_m": F, "rounds": N, "rounds_unknown": N,
    }  # fmt: skip
    return frame(columns, [
        ("Alibaba", "big-tech", "Moonshot AI", 1000.0, 800.0, 1400.0, 800.0, 4, 0),
        ("Tencent", "big-tech", "Moonshot AI", 200.0, 0.0, 500.0, None, 2, 0),
        ("Tencent", "big-tech", "MiniMax", None, None, None, None, 1, 1),
        ("A fund", "vc", "MiniMax", 100.0, 100.0, 100.0, 100.0, 1, 0),
        (None, "unknown", "MiniMax", 300.0, 200.0, 300.0, None, 1, 0),
    ])  # fmt: skip


def instruments():
    columns = {
        "instrument": S, "amount_usd_m": F, "amount_low_usd_m": F, "amount_high_usd_m": F, "bound_high_usd_m": F,
        "rounds": N, "rounds_unknown": N, "part_of": S,
    }  # fmt: skip
    return frame(columns, [
        ("cash", 430.0, 430.0, 630.0, 630.0, 2, 0, None),
        ("escrow", None, None, None, 600.0, 1, 1, "cash"),
        ("cloud-credit", 400.0, 200.0, 400.0, 400.0, 1, 0, None),
        ("unknown", 240.0, 230.0, 250.0, None, 13, 12, None),
    ])  # fmt: skip


def returnable():
    columns = {
        "kind": S, "investor_id": S, "investor": S, "startup": S, "label": S, "rounds": N, "rounds_unknown": N,
        "committed_usd_m": F, "committed_low_usd_m": F, "committed_high_usd_m": F, "returnable_low_usd_m": F,
        "returnable_high_usd_m": F, "share_low_pct": F, "share_high_pct": F, "share_high_escrow_pct": F, "split": S,
        "quarters": N, "ceiling_low_pct": F, "ceiling_high_pct": F, "purchase_usd_m": F,
    }  # fmt: skip
    none, dark = (None, None, None), (None, None, None, None, None, None, None, None)
    moonshot = (800.0, 760.0, 840.0, 200.0, 400.0, 25.0, 50.0, 100.0, "known", 8, 0.7, 1.4, None)
    openai = (13000.0, 12400.0, 13600.0, 2400.0, 13100.0, 18.0, 96.0, None, "partly", 8, *none)
    anthropic = (3300.0, 3200.0, 3400.0, 0.0, 3400.0, 0.0, 100.0, None, "unknown", 8, None, None, 3000.0)
    return frame(columns, [
        ("pair", "alibaba", "Alibaba", "Moonshot AI", "Alibaba - Moonshot AI", 4, 3, *moonshot),
        ("pair", "alibaba", "Alibaba", "01.AI", "Alibaba - 01.AI", 1, 1, *dark, "no sum", 8, *none),
        ("pair", "alibaba", "Alibaba", "MiniMax", "Alibaba - MiniMax", 1, 1, *dark, "no sum", 8, *none),
        ("comparator", "microsoft", "Microsoft", "OpenAI", "Microsoft - OpenAI", 6, 3, *openai),
        ("comparator", "google", "Google / Alphabet", "Anthropic", "Google - Anthropic", 5, 1, *anthropic),
    ])  # fmt: skip


def waves():
    columns = {
        "wave": S, "window": S, "by": S, "group": S, "age": S, "age_from": N, "amount_usd_m": F, "share_pct": F,
        "share_low_pct": F, "share_high_pct": F, "rounds": N, "startups": N, "bucket_usd_m": F, "bucket_rounds": N,
    }  # fmt: skip
    rows = []
    for wave, foreign in (("vision", 40.0), ("genai", 5.0)):
        for age, start in (("0-23", 0), ("96+", 96), ("all", None)):
            for group, share in (("China", 50.0), ("foreign", foreign), ("unknown", 50.0 - foreign)):
                rows.append(
                    (
                        wave,
                        "2021-",
                        "country_group",
                        group,
                        age,
                        start,
                        share,
                        share,
                        share / 2,
                        share * 1.5,
                        2,
                        1,
                        100.0,
                        3,
                    )
                )
    rows.append(("genai", "2021-", "country_group", "China", "unknown", None, 1.0, 100.0, 100.0, 100.0, 1, 1, 1.0, 1))
    return frame(columns, rows)


def ties():
    columns = {
        "entity": S, "statement": S, "unit": S, "reported": F, "computed": F, "computed_low": F, "computed_high": F,
        "verdict": S, "reason": S,
    }  # fmt: skip
    return frame(columns, [
        ("A", "A raised 100m", "USD_m", 100.0, 100.0, 95.0, 105.0, "within", "the same"),
        ("B", "B raised 10bn yuan", "CNY_m", 10000.0, 2500.0, 2000.0, 3000.0, "below", "rounds are missing"),
        ("C", "C closed ten rounds", "count", 10.0, None, None, None, "not comparable", "nothing to add"),
        ("D", "D raised a hundredth", "USD_m", 1.0, 500.0, 0.0, 900.0, "above", "another count"),
    ])  # fmt: skip


def prices():
    columns = {"startup": S, "price_pct": F, "received_usd_m": F, "received_low_usd_m": F, "received_high_usd_m": F}
    return frame(columns, [("Moonshot AI", p, 400.0 + 4 * p, 360.0 + 4 * p, 640.0 + 2 * p) for p in (0.0, 50.0, 100.0)])


def drawn():
    columns = {"startup": S, "quarters": N, "ceiling_low_pct": F, "ceiling_high_pct": F}
    return frame(columns, [("Moonshot AI", q, 5.6 / q, 11.2 / q) for q in (1, 4, 8)])
