"""The provenance explorer without a browser: its code gives its data, every control counts, the twin answers by itself."""

from __future__ import annotations

from typing import Any

import pytest

import aitracker as ait
from aitracker.explore.provenance import SHOW


@pytest.fixture
def explorer(real: ait.Dataset) -> Any:
    return ait.explore.WhoSaidWhat(real, fact="round|moonshot-2024-02|amount")


def rows_of(explorer: Any) -> list[dict[str, Any]]:
    return ait.charts.payload(explorer.chart)["data"]["rows"]


@pytest.mark.parametrize("show", SHOW)
def test_the_code_of_every_view_gives_its_data(explorer: Any, show: str) -> None:
    explorer._controls["show"].value = show
    explorer._lens_controls.policy.value = "lowest"
    assert explorer._error.value == ""
    scope: dict[str, Any] = {}
    exec(explorer.code.replace("\nait.", "\nframe = ait."), scope)  # noqa: S102 - the explorer's own code
    assert scope["frame"].equals(explorer.data)
    assert "policy='lowest'" in explorer.code


def test_the_policy_moves_the_choice_and_says_what_follows(explorer: Any) -> None:
    assert [r["short"] for r in rows_of(explorer) if r["chosen"]] == ["about US$1bn"]
    assert "Against" not in explorer._words.value
    explorer._lens_controls.policy.value = "lowest"
    assert [r["short"] for r in rows_of(explorer) if r["chosen"]] == ["US$800m"]
    assert "the figure itself US$800m instead of US$1bn" in explorer._words.value
    assert "closed new money of the start-up" in explorer._words.value
    subtitle = ait.charts.payload(explorer.chart)["params"]["subtitle"]
    assert "the figure itself US$800m instead of US$1bn" in subtitle
    explorer.reset()
    assert "Against" not in explorer._words.value


def test_the_day_of_knowledge_hides_later_claims(explorer: Any, real: ait.Dataset) -> None:
    eve = ait.explore.WhoSaidWhat(
        real.at(known_by="2024-05-12"), fact="participation|moonshot-2024-02/alibaba|cloud_credit_share"
    )
    assert eve.data.is_empty()
    assert eve._error.value == ""
    assert ait.charts.payload(eve.chart)["params"]["message"] == "No rows under this lens"
    assert explorer.data.height == 6


def test_the_facts_follow_the_company(explorer: Any, real: ait.Dataset) -> None:
    for startup in real.startups["startup_id"]:
        explorer._controls["startup"].value = startup
        assert explorer._error.value == "", startup
        facts = [key for _, key in explorer._controls["fact"].options]
        assert facts[0]
        assert len({words for words, _ in explorer._controls["fact"].options}) == len(facts), "two facts of one label"
    explorer._controls["startup"].value = "zhipu"
    assert "zhipu" in explorer.code
    explorer.reset()
    assert "'moonshot-2024-02', 'amount'" in explorer.code


def test_pages_of_one_origin_collapse_on_demand(explorer: Any) -> None:
    explorer._controls["fact"].value = "participation|moonshot-2024-02/alibaba|cloud_credit_share"
    pages = len(rows_of(explorer))
    explorer._controls["pages"].value = "origins"
    (row,) = rows_of(explorer)
    assert pages == explorer.data.height == 13
    assert "12 pages of the same origin" in row["label"]


def test_the_twin_answers_every_offered_control(explorer: Any) -> None:
    form = explorer.twin()
    assert [c["variant"] for c in form["controls"]] == ["fact", "policy", "known_by", "pages"]
    variants = form["chart"]["variants"]
    count = 1
    for control in form["controls"]:
        count *= len(control["options"])
    assert len(variants) == count <= 60
    assert not any("spec" in variant for variant in variants.values()), "one template for all"
    start = {c["variant"]: c["value"] for c in form["controls"]}
    base = variants["|".join(start.values())]
    for control in form["controls"]:
        others = [o["value"] for o in control["options"] if o["value"] != start[control["variant"]]]
        changed = [variants["|".join({**start, control["variant"]: o}.values())] for o in others]
        assert any((v["datasets"], v["params"]) != (base["datasets"], base["params"]) for v in changed), control[
            "label"
        ]
    assert all(len(v["datasets"]["rows"]) <= 100 for v in variants.values())
    assert "Financial Times" in " ".join(form["citations"])


def test_it_opens_on_data_without_the_offered_facts(small: ait.Dataset) -> None:
    shown = ait.explore.WhoSaidWhat(small)
    assert shown._error.value == ""
    assert shown.data.height == 6
    assert [c["variant"] for c in shown.twin()["controls"]] == ["fact", "policy", "known_by", "pages"]
