"""The provenance explorer without a browser: its code gives its data, every control counts, the twin answers by itself."""

from __future__ import annotations

from typing import Any

import pytest

import aitracker as ait
from aitracker.explore.provenance import SHOW

SHARE = "participation|moonshot-2024-02/alibaba|cloud_credit_share"


@pytest.fixture
def explorer(frozen: ait.Dataset) -> Any:
    return ait.explore.WhoSaidWhat(frozen, fact="round|moonshot-2024-02|amount")


def rows_of(explorer: Any) -> list[dict[str, Any]]:
    return ait.charts.payload(explorer.chart)["data"]["rows"]


@pytest.mark.parametrize("show", SHOW)
def test_the_code_of_every_view_gives_its_data(real: ait.Dataset, show: str) -> None:
    explorer = ait.explore.WhoSaidWhat(real, fact="round|moonshot-2024-02|amount")
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


def test_the_day_of_knowledge_hides_later_claims(explorer: Any, frozen: ait.Dataset) -> None:
    eve = ait.explore.WhoSaidWhat(frozen.at(known_by="2024-05-12"), fact=SHARE)
    assert eve.data.is_empty()
    assert eve._error.value == ""
    assert ait.charts.payload(eve.chart)["params"]["message"] == "No rows under this lens"
    assert explorer.data.height == 6


def test_every_subject_opens_and_its_facts_follow(real: ait.Dataset) -> None:
    explorer = ait.explore.WhoSaidWhat(real, fact="round|moonshot-2024-02|amount")
    kinds = set()
    for _, subject in explorer._controls["subject"].options:
        explorer._controls["subject"].value = subject
        assert explorer._error.value == "", subject
        facts = [key for _, key in explorer._controls["fact"].options]
        assert facts[0]
        assert len({words for words, _ in explorer._controls["fact"].options}) == len(facts), "two facts of one label"
        kind, key = subject.split("|", 1)
        kinds.add(kind)
        offered = [name for _, name in explorer._controls["show"].options]
        assert offered == (list(SHOW) if kind == "startup" else ["claims"]), "only what can be shown of it"
        assert kind == "startup" or set(explorer.data["facts"].explode()) <= {
            f"{kind}|{key}|{f.split('|')[-1]}" for f in facts
        }
    assert kinds == {"startup", "investor", "event", "series"}
    explorer.reset()
    assert "'moonshot-2024-02', 'amount'" in explorer.code
    assert explorer.settings["show"] == "claims"


@pytest.mark.parametrize(
    ("fact", "title"),
    [
        ("investor|alibaba|ceo_role", "Alibaba Group, ceo role"),
        ("investor|alibaba-cloud|gpu_count", "Alibaba Cloud, gpu count"),
        ("event|alibaba-cloud-ipo-cancelled-2023|reason", "Alibaba gives up the separate listing of its cloud unit"),
        ("startup|moonshot|founded", "Moonshot AI, founded"),
    ],
)
def test_facts_of_investors_and_events_open(frozen: ait.Dataset, fact: str, title: str) -> None:
    shown = ait.explore.WhoSaidWhat(frozen, fact=fact)
    assert shown.settings["fact"] == fact
    assert ait.charts.payload(shown.chart)["params"]["title"].startswith(title)
    assert shown.data["facts"].explode().unique().to_list() == [fact]
    assert shown.settings["subject"] == "|".join(fact.split("|")[:2])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"startup": "moonshoot", "fact": "nonsense"}, "did you mean 'moonshot'"),
        ({"startup": "moonshot", "fact": "nonsense"}, "fact must be kind.key.field of a fact.*not 'nonsense'"),
        ({"fact": "round|moonshot-2024-2|amount"}, "did you mean 'round.moonshot-2024-02.amount'"),
        ({"startup": "Moonshot AI"}, "did you mean 'moonshot'"),
        ({"startup": ["moonshot"]}, "startup must be one of"),
        ({"fact": 5}, "not 5"),
        (
            {"startup": "zhipu", "fact": "round|moonshot-2024-02|amount"},
            "belongs to 'startup moonshot', not to start-up 'zhipu'",
        ),
        ({"show": "knwn"}, "did you mean 'known'"),
        ({"pags": "origins"}, "did you mean 'pages'"),
    ],
)
def test_what_does_not_exist_is_not_opened(frozen: ait.Dataset, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ait.explore.WhoSaidWhat(frozen, **settings)


def test_a_start_up_opens_with_its_most_claimed_fact(frozen: ait.Dataset) -> None:
    shown = ait.explore.WhoSaidWhat(frozen, "zhipu", show="known")
    assert shown.settings["subject"] == "startup|zhipu"
    assert "ait.known_when(ds, 'zhipu')" in shown.code
    first, second = (words.rsplit(": ", 1)[1].split()[0] for words, _ in shown._controls["fact"].options[:2])
    assert int(first) >= int(second)


def test_pages_of_one_origin_collapse_on_demand(explorer: Any) -> None:
    explorer._controls["fact"].value = SHARE
    pages = len(rows_of(explorer))
    explorer._controls["pages"].value = "origins"
    (row,) = rows_of(explorer)
    assert pages == explorer.data.height == 13
    assert "12 pages of the same origin" in row["label"]


def test_the_twin_answers_every_offered_control(real: ait.Dataset) -> None:
    explorer = ait.explore.WhoSaidWhat(real, fact="round|moonshot-2024-02|amount")
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
