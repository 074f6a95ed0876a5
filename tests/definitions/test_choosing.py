"""A file with too many ways to choose or amend is refused in a sentence, before they are counted.

All of them are small files: without the refusal none of these would end.
"""

from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.proof import prove
from definitions.proof.acts import Acts
from definitions.proof.explore import explore
from definitions.proof.plan import Plan
from definitions.reading import Positions
from tests.definitions.proof.test_findings import SOME, definition, step
from tests.support.small_definitions import built


def choice(choices: int, **more: Any) -> dict[str, Any]:
    named = {f"c{number}": f"Choice {number}" for number in range(choices)}
    return {"type": "choice", "title": "Choice", "required": True, "choices": named} | more


def leading(fields: int, choices: int, by: str = "") -> dict[str, Any]:
    """Return a definition of which so many fields lead on, each by its own event."""
    data = definition()
    on, outcomes = data["machine"]["states"]["one"]["on"], data["steps"]["one"]["outcomes"]
    asked = {f"f{number}": choice(choices) for number in range(fields)}
    for name in asked:
        outcomes[f"so-{name}"] = {"event": f"gone_{name}"}
        on[f"gone_{name}"] = {"by": by + name} | dict.fromkeys(asked[name]["choices"], "ended")
    del on["bad"]
    if by:
        data["steps"]["one"]["evidence"] = asked
    else:
        data["start"]["fields"] |= asked
    return data


def said(made: Definition) -> list[str]:
    source = Source(made, Positions("small.yaml", {}), "small.yaml")
    return [one.sentence for one in check_parts(source)]


@pytest.mark.parametrize("by", ["", "one."])
def test_too_many_ways_to_choose_where_the_case_goes_are_refused(by: str) -> None:
    (sentence,) = said(built(leading(30, 2, by)))
    assert sentence.startswith("There are more than 1,000 ways to choose in `")
    assert f"`{by}f29`" in sentence
    assert said(built(leading(2, 9, by))) == []


def test_so_are_too_many_of_what_only_is_asked() -> None:
    data = definition(invariants=[])
    for number in range(20):
        data["start"]["fields"][f"f{number}"] = choice(2)
        asked = {"before": "ended", "signed": {"role": "tester"}, "when": {f"f{number}": "c0"}}
        data["invariants"].append(SOME | asked)
    (sentence,) = said(built(data))
    assert sentence.startswith("There are more than 100,000 ways to choose in `f0` and `f1` and")


def test_one_that_another_opens_and_that_is_refused_so_holds_up_nobody() -> None:
    opens = {"process": "other", "as": "child", "with": {}, "on": {"ended": "bad"}}
    data = definition(effects=[{"enter": "one", "open": opens}])
    data["steps"]["one"]["outcomes"]["worse"] = {"event": "bad"}
    other = built(leading(30, 2)).body
    assert prove(built(data), library={"other": other}).configurations > 0


def amendable(kinds: int) -> Definition:
    """Return a definition of which so many fields can be amended, each about something else."""
    names = [f"f{number}" for number in range(kinds)]
    data = definition(
        amend={"fields": names, "during": ["one"]},
        invariants=[
            {"before": "ended", "signed": {"role": "tester"}, "about": [name]} | SOME
            for name in names
        ],
    )
    for name in names:
        data["start"]["fields"][name] = {"type": "string", "title": "Something"}
    return built(data)


def test_too_many_kinds_of_amendments_are_refused() -> None:
    proof = prove(amendable(30))
    (finding,) = proof.findings
    assert "too large to prove: 30 kinds of fields can be amended" in finding.sentence
    assert finding.path == ("amend", "fields")
    assert prove(amendable(5)).findings == ()


@pytest.mark.parametrize("amended", [False, True])
def test_what_one_state_leads_to_is_counted_as_it_is_come_to(*, amended: bool) -> None:
    """Who of the case is who multiplies already as it is opened, or amended."""
    names = [f"f{number}" for number in range(9)]
    data = definition(steps={"one": step(covers={"fields": []})})
    data["start"]["fields"] |= {name: {"type": "person", "title": "Who"} for name in names}
    data["people"] = {f"p{at}": {"from": name, "title": "P"} for at, name in enumerate(names)}
    data |= {"amend": {"fields": names, "during": ["one"]}} if amended else {}
    acts = Acts(Plan(built(data)))
    if amended:
        first = next(acts.begin())
        acts.begin = lambda: iter([first])  # type: ignore[method-assign]
    found = explore(acts, 100)
    assert found.too_large
    assert len(found.states) == 101
