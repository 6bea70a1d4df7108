"""The one visual grammar of every chart: colours, words, marks and the Vega configuration.

Nothing here is registered with Altair: charts carry their own configuration, so importing this module
changes no other chart.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import altair as alt

Mode = Literal["light", "dark"]
Width = int | Literal["container"]

# Fonts of like width everywhere, for lines are broken by counting characters.
FONT: Final = (
    "'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', sans-serif"
)
EMPTY: Final = "No rows under this lens"

# Surfaces. BACKGROUND is what the chart is laid on, never painted: charts are transparent.
BACKGROUND: Final[Mapping[Mode, str]] = {"light": "#ffffff", "dark": "#1e1e1e"}
INK: Final[Mapping[Mode, str]] = {"light": "#1a1a1a", "dark": "#f2f2f2"}
MUTED: Final[Mapping[Mode, str]] = {"light": "#595959", "dark": "#b5b5b5"}
GRID: Final[Mapping[Mode, str]] = {"light": "#e3e3e3", "dark": "#3a3a3a"}
BAND: Final[Mapping[Mode, str]] = {"light": "#f1efe9", "dark": "#2b2a27"}
UNKNOWN: Final[Mapping[Mode, str]] = {"light": "#757575", "dark": "#9a9a9a"}
OTHERS: Final[Mapping[Mode, str]] = {"light": "#5f5573", "dark": "#aebb89"}

PALE: Final = 0.38  # fill opacity of what is estimated or only reported
DASH: Final = (4, 3)  # talks, not closed

# Okabe-Ito hues, moved in lightness until every pair stays apart for normal, deuteranope and protanope eyes
# and every colour has 3:1 against its background (tests/test_charts.py measures both).
TYPE_COLOURS: Final[Mapping[Mode, Mapping[str, str]]] = {
    "light": {
        "state-fund": "#783610", "vc": "#52a26f", "big-tech": "#1754be", "corporate": "#bc8311",
        "public-market": "#2980bc", "pe": "#232e06", "sovereign": "#962859", "bank": "#339faf",
        "angel": "#60084a", "founder": "#782482", "university": "#736e1b", "unknown": UNKNOWN["light"],
    },
    "dark": {
        "state-fund": "#cf7244", "vc": "#83e9bd", "big-tech": "#3970d6", "corporate": "#d9a517",
        "public-market": "#92ccfb", "pe": "#92c091", "sovereign": "#c7314e", "bank": "#bff2fb",
        "angel": "#be4194", "founder": "#d07ff0", "university": "#d9ef81", "unknown": UNKNOWN["dark"],
    },
}  # fmt: skip

# Nine slots for entities that are no investor type; a main entity keeps its slot everywhere. No colour of a light page
# stands for two of a dark one (hence blue's last digit), so that a light chart can be turned into the dark one.
SLOTS: Final[Mapping[Mode, Mapping[str, str]]] = {
    "light": {
        "blue": "#1754bf", "orange": "#bd5a19", "green": "#5aa16d", "violet": "#572f78", "amber": "#bb890f",
        "sky": "#169bd9", "pink": "#de61ae", "wine": "#500722", "olive": "#404e24",
    },
    "dark": {
        "blue": "#5c95fd", "orange": "#cf6b0b", "green": "#92ffd3", "violet": "#7554d5", "amber": "#dfa81f",
        "sky": "#257990", "pink": "#faa6d4", "wine": "#ad4d45", "olive": "#dae171",
    },
}  # fmt: skip
ENTITY_SLOTS: Final[Mapping[str, str]] = {
    "alibaba": "orange", "alibaba-group": "orange", "tencent": "blue", "meituan": "amber", "baidu": "sky",
    "bytedance": "wine", "huawei": "pink", "xiaomi": "olive", "hongshan": "green", "microsoft": "green",
    "moonshot": "orange", "moonshot-ai": "orange", "minimax": "pink", "zhipu": "blue", "zhipu-ai": "blue",
    "baichuan": "amber", "baichuan-ai": "amber", "stepfun": "green", "01ai": "olive", "01-ai": "olive",
    "deepseek": "violet", "sensetime": "sky", "megvii": "wine", "china": "wine", "foreign": "violet",
    "genai": "blue", "vision": "amber", "other": "green",
    "cash": "green", "cloud-credit": "orange", "escrow": "amber", "traffic": "sky", "convertible": "violet",
    "stock": "blue", "in-kind": "pink", "mixed": "olive", "secondary": "wine",
}  # fmt: skip

LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "angel": "Angels", "bank": "Banks", "big-tech": "Big tech", "corporate": "Other companies",
        "founder": "Founders", "pe": "Private equity", "public-market": "Public-market funds",
        "sovereign": "Sovereign funds", "state-fund": "State funds", "university": "Universities",
        "vc": "Venture capital", "unknown": "Unknown", "closed": "closed", "reported": "reported",
        "in-talks": "in talks", "cancelled": "cancelled", "china": "China", "foreign": "Foreign",
        "genai": "Generative AI", "vision": "Computer vision", "other": "Chips and older AI",
        "cash": "Cash", "escrow": "Ring-fenced cash", "cloud-credit": "Cloud credit", "traffic": "Traffic",
        "convertible": "Convertible", "stock": "Stock", "in-kind": "In kind", "mixed": "Mixed",
        "secondary": "Secondary",
    },
    "zh": {
        "angel": "天使投资人", "bank": "银行", "big-tech": "大型科技公司", "corporate": "其他企业", "founder": "创始人",
        "pe": "私募股权", "public-market": "二级市场基金", "sovereign": "主权基金", "state-fund": "国有基金",
        "university": "高校", "vc": "风险投资", "unknown": "未知", "closed": "已完成", "reported": "据报道",
        "in-talks": "洽谈中", "cancelled": "已取消", "china": "中国", "foreign": "境外",
        "genai": "生成式人工智能", "vision": "计算机视觉", "other": "芯片及其他人工智能",
        "cash": "现金", "escrow": "专款现金", "cloud-credit": "云服务额度", "traffic": "流量", "convertible": "可转债",
        "stock": "股票", "in-kind": "实物", "mixed": "混合", "secondary": "老股",
    },
}  # fmt: skip


def label(code: str, lang: Literal["en", "zh"] = "en") -> str:
    """Give the word for a code of the dataset; a text that is no code (a name) comes back unchanged."""
    return LABELS[lang].get(code.lower(), code)


def money(usd_m: float | None) -> str:
    """Write millions of US dollars in three digits at most: ``US$2.5bn``, ``US$40m``; null: ``unknown``."""
    if usd_m is None or not math.isfinite(usd_m):
        return "unknown"
    if usd_m == 0:
        return "US$0"
    value = float(f"{abs(usd_m):.3g}")
    scale, unit = next((s, u) for s, u in ((1e6, "tn"), (1e3, "bn"), (1.0, "m"), (0.0, "k")) if value >= s)
    digits = f"{value / scale if scale else value * 1000:.6f}".rstrip("0").rstrip(".")
    return f"{'−' if usd_m < 0 else ''}US${digits}{unit}"


def money_range(low: float | None, high: float | None) -> str:
    """Write an interval of millions of US dollars; an open or missing end is said in words."""
    if low is None and high is None:
        return "unknown"
    return money(low) if low == high else f"{money(low)} to {money(high)}"


def money_expr(value: str) -> str:
    """Vega expression that writes `value` (millions of US dollars) as :func:`money` does."""
    v = f"({value})"
    return (
        f"!isValid({v}) ? 'unknown' : {v} == 0 ? 'US$0' : "
        f"abs({v}) >= 999500 ? 'US$' + format({v} / 1e6, '.3~r') + 'tn' : "
        f"abs({v}) >= 999.5 ? 'US$' + format({v} / 1000, '.3~r') + 'bn' : "
        f"abs({v}) >= 0.9995 ? 'US$' + format({v}, '.3~r') + 'm' : 'US$' + format({v} * 1000, '.3~r') + 'k'"
    )


def share(pct: float | None) -> str:
    """Write a percentage (0-100): ``36 %``, one decimal below 10, ``under 0.1 %`` for crumbs."""
    if pct is None or not math.isfinite(pct):
        return "unknown"
    if 0 < pct < 0.1:
        return "under 0.1 %"
    digits = f"{pct:.1f}" if abs(pct) < 9.95 else f"{pct:.0f}"
    return f"{digits.removesuffix('.0')} %"


def share_expr(value: str) -> str:
    """Vega expression that writes `value` (a percentage, 0-100) as :func:`share` does."""
    v = f"({value})"
    return (
        f"!isValid({v}) ? 'unknown' : {v} > 0 && {v} < 0.1 ? 'under 0.1 %' : "
        f"format({v}, abs({v}) < 9.95 ? '.1~f' : '.0f') + ' %'"
    )


def date_words(day: date | None, precision: str | None = "month") -> str:
    """Write a date as exactly as it is known: ``17 Feb 2024``, ``Feb 2024``, ``Q1 2024``, ``2024``."""
    if day is None:
        return "date unknown"
    if precision == "day":
        return f"{day.day} {day:%b %Y}"
    if precision == "quarter":
        return f"Q{(day.month + 2) // 3} {day.year}"
    return str(day.year) if precision == "year" else f"{day:%b %Y}"


def count(n: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: ``1 round``, ``1,204 rounds``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def slug(name: str) -> str:
    """Turn a name into the key under which colours are kept: ``Moonshot AI`` -> ``moonshot-ai``."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def palette(mode: Mode) -> dict[str, str]:
    """Give every colour by its name: investor types, slots of entities, "others" and "unknown".

    Rows and parameters of a chart hold names only, so they are the same on both backgrounds.
    """
    return {**TYPE_COLOURS[mode], **SLOTS[mode], "others": OTHERS[mode], "unknown": UNKNOWN[mode]}


def dark_colours() -> dict[str, str]:
    """Give the colour of a dark page for every colour of a light one: all that differs between the two forms of a chart."""
    surfaces = (BACKGROUND, INK, MUTED, GRID, BAND, UNKNOWN, OTHERS)
    light, dark = ([t[mode] for t in surfaces] + list(palette(mode).values()) for mode in ("light", "dark"))
    return dict(zip(light, dark, strict=True))


def group_colours(groups: Sequence[str]) -> dict[str, str]:
    """Name every group's colour: its own where it has one, else the first free slot, else that of "others".

    Parameters
    ----------
    groups
        Codes or names, most important first; investor types and entities may be given by code or by name.
    """
    types, slots = TYPE_COLOURS["light"], SLOTS["light"]
    if all(g in types for g in groups):
        return {g: g for g in groups}
    out = {g: "unknown" for g in groups if slug(g) == "unknown"}
    for g in groups:
        own = ENTITY_SLOTS.get(slug(g))
        if own and g not in out and own not in out.values():
            out[g] = own
    free = (slot for slot in slots if slot not in set(out.values()))
    return {g: out[g] if g in out else next(free, "others") for g in groups}


def entity_colour(name: str) -> str:
    """Name the colour of one firm, by key or name; the neutral blue for a firm without its own."""
    key = slug(name)
    return ENTITY_SLOTS.get(key) or ENTITY_SLOTS.get(key.split("-")[0], "blue")


def hatch(mode: Mode, stripes: int = 9) -> dict[str, Any]:
    """Diagonal stripes of the grey that stands for "unknown", as a Vega gradient with hard stops."""
    dark, pale = UNKNOWN[mode], BAND[mode]
    stops: list[dict[str, Any]] = []
    for i in range(stripes):
        for start, end, colour in ((0.0, 0.45, dark), (0.45, 1.0, pale)):
            stops += [{"offset": round((i + end_) / stripes, 4), "color": colour} for end_ in (start, end)]
    return {"gradient": "linear", "x1": 0, "y1": 0, "x2": 1, "y2": 1, "stops": stops}


def config(mode: Mode) -> dict[str, Any]:
    """Vega-Lite configuration: fonts, faint gridlines, no frame, transparent background."""
    ink, muted = INK[mode], MUTED[mode]
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": muted, "labelFontSize": 11, "titleColor": muted, "titleFontSize": 11,
            "gridColor": GRID[mode], "gridWidth": 1, "domainColor": muted, "tickColor": muted, "labelAngle": 0,
        },
        "title": {
            "color": ink, "fontSize": 16, "fontWeight": 600, "anchor": "start", "frame": "group", "lineHeight": 20,
            "offset": 6,
        },
        "text": {"color": ink, "fontSize": 11},
        "bar": {"color": SLOTS[mode]["blue"]},
    }  # fmt: skip


def room_expr(width: Width, left: int) -> str:
    """Vega expression for the width of the whole picture; it does not move when the plot is fitted into it."""
    if width != "container":
        return str(width)
    return f"width > 0 && isFinite(containerSize()[0]) && containerSize()[0] > 0 ? containerSize()[0] : width + {left}"


def wrap_expr(text: str, per_character: float) -> str:
    """Vega expression that breaks `text` into the lines that the picture's width (parameter `room`) has room for.

    A Chinese character counts as two and a line may end after any of them.
    """
    n = f"max(20, floor((room - 12) / {per_character}))"
    whole = f"replace({text}, regexp(' (\\\\S{{1,4}})$'), '\\u00a0$1')"  # no short word alone on the last line
    whole = f"replace({whole}, regexp(' %', 'g'), '\\u00a0%')"  # nor a sign without its number
    wide = f"replace({whole}, regexp('([\\u2e80-\\uffff])', 'g'), '$1\\u200b')"
    pattern = f"'(.{{1,' + {n} + '}})( +|\\u200b|$)|(.{{' + {n} + '}})'"
    return f"split(trim(replace({wide}, regexp({pattern}, 'g'), '$1$3\\n')), '\\n')"


def title_params(left: int = 0) -> alt.TitleParams:
    """Title that reads the parameter `title`, wrapped to the chart's width.

    A Vega-Lite subtitle takes no expression: `_spec.subtitle_layer` draws it as text.

    Parameters
    ----------
    left
        Pixels that the left axis takes; the title starts at the left edge of the whole picture.
    """
    return alt.TitleParams(text=alt.ExprRef(wrap_expr("title", 8.8)), dx=-left)


def sources_words(sources: Iterable[str], most: int = 3) -> str:
    """Write the source line: the first `most` short names, then ``and k more``."""
    names = list(dict.fromkeys(sources))
    shown = ", ".join(names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
