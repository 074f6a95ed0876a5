"""Every kind of finding of the proof, each at a small definition that deserves it."""

import csv
import io
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bench.check import synthetic
from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.fields.patch import parse_patch
from definitions.loader import load_library
from definitions.proof import Finding, prove
from definitions.proof.cast import community
from definitions.proof.cycles import eventless_cycle
from tests.support.small_definitions import built
from tests.support.walk_replay import replay
from worker.walks.model import load_walk, upload

SOME = {"policy": "4.1", "firm": True}
CLOSED = {"end": {"person": "opener", "role": "all"}}
LATER = {"enter": "ended", "end": {"person": "opener", "list": "all", "authority": "case"}}
"""What is to be done, and an effect that does something else (or too late)."""


def definition(**changes: Any) -> dict[str, Any]:
    """Return the data of a definition with one step, in which nothing is wrong."""
    fields = {
        "topic": {"type": "string", "title": "Topic", "required": True},
        "who": {"type": "person", "title": "Who"},
    }
    return {
        "process": "small", "title": "Small", "summary": "Small", "policy": ["4.1"],
        "number": "y", "rules": 1,
        "start": {"roles": ["member"], "fields": fields},
        "people": {"author": {"from": "who", "title": "Author"}},
        "machine": {
            "initial": "one",
            "states": {"one": {"on": {"good": "ended", "bad": "ended"}}, "ended": {"final": True}},
        },
        "steps": {"one": step()},
    } | changes  # fmt: skip


def step(**changes: Any) -> dict[str, Any]:
    return {
        "title": "One",
        "policy": "4.1",
        "seats": {"seat": {"role": "tester"}},
        "outcomes": {"good": {"event": "good"}},
    } | changes


def found(**changes: Any) -> tuple[Finding, ...]:
    return prove(built(definition(**changes))).findings


def only(findings: tuple[Finding, ...], says: str) -> Finding:
    (finding,) = findings
    assert says in finding.sentence
    assert finding.remedy.endswith(".")
    return finding


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert found() == ()
    assert prove(built(definition())).configurations > 1


def test_a_case_is_caught_where_only_one_person_could_go_on_and_declined() -> None:
    seats = {"seat": {"person": "opener", "allow": [{"person": "author", "judgement": "x"}]}}
    finding = only(found(steps={"one": step(seats=seats)}), "can be caught at `one`")
    assert finding.walk is not None
    assert "decline" in finding.walk


def test_a_seat_for_somebody_whom_the_case_may_not_name_cannot_be_filled() -> None:
    seats = {"seat": {"person": "author", "allow": [{"person": "author", "judgement": "x"}]}}
    caught, unfilled = found(steps={"one": step(seats=seats)})
    assert "caught" in caught.sentence
    assert "nobody who obeys the exclusivity matrix can get `one` done" in unfilled.sentence
    assert unfilled.path == ("steps", "one")


def test_an_earlier_signer_may_be_somebody_whom_the_matrix_keeps_from_a_later_seat() -> None:
    machine = {
        "initial": "one",
        "states": {
            "one": {"on": {"good": "two"}},
            "two": {"on": {"done_well": "ended"}},
            "ended": {"final": True},
        },
    }
    later = step(
        seats={"seat": {"role": "systems-administrator", "same": {"signer": "one"}}},
        outcomes={"good": {"event": "done_well"}},
    )
    first = step(seats={"seat": {"role": "software-assessor"}})
    findings = found(machine=machine, steps={"one": first, "two": later})
    assert any("matrix can get `two` done" in each.sentence for each in findings)
    first = step(seats={"seat": {"role": "tester"}})
    findings = found(machine=machine, steps={"one": first, "two": later})
    # Whoever tested may be an administrator too; caught is the case only if they decline.
    assert [f.sentence for f in findings] == [
        f.sentence for f in findings if "caught" in f.sentence
    ]


def test_an_event_that_the_machine_has_no_way_for_is_found() -> None:
    outcomes = {"good": {"event": "good"}, "odd": {"event": "odd"}}
    finding = only(found(steps={"one": step(outcomes=outcomes)}), "the event `odd` can happen")
    assert finding.path == ("steps", "one")


def test_a_state_that_no_act_leads_to_is_found() -> None:
    machine = definition()["machine"]
    machine["states"]["one"]["on"]["never_sent"] = "lost"
    machine["states"]["lost"] = {"final": True}
    only(found(machine=machine), "No act of anybody ever leads to the state `lost`.")


def test_what_is_too_large_is_said_and_never_cut_off_silently() -> None:
    proof = prove(load_library().current("application-patch"), most=100)
    (finding,) = proof.findings
    assert "too large to prove: it has more than 100 states" in finding.sentence
    assert proof.configurations > 100


def test_a_definition_that_really_grows_is_too_large() -> None:
    matrix = load_exclusivity().to_json()
    proofs = [
        prove(Definition.build(synthetic(1, beside, 1, 1), matrix), most=5000)
        for beside in (2, 3, 4, 5)
    ]
    assert [p.configurations > 5000 for p in proofs] == [False, False, False, True]
    assert proofs[0].configurations < proofs[1].configurations < proofs[2].configurations
    (finding,) = proofs[-1].findings
    assert "too large to prove: it has more than 5,000 states" in finding.sentence
    assert "side by side" in finding.remedy


def test_whoever_declines_a_seat_that_is_given_on_and_on_makes_it_no_larger() -> None:
    data = definition(amend={"people": ["opener"], "fields": ["who"], "during": ["one"]})
    data["steps"]["one"]["seats"] = {"seat": {"person": "author", "allow": [
        {"person": "author", "policy": "4.1"}]}}  # fmt: skip
    data["steps"]["one"]["covers"] = {"fields": []}
    assert prove(built(data), most=200).configurations < 100


def test_a_machine_that_goes_round_by_itself_is_found_and_not_run() -> None:
    both = {
        "initial": "in",
        "states": {
            "one": {"on": {"good": "a", "bad": "ended"}},
            "a": {"initial": "a_end", "states": {"a_end": {"final": True}}, "on": {"done": "b"}},
            "b": {"initial": "b_end", "states": {"b_end": {"final": True}}, "on": {"done": "a"}},
            "ended": {"final": True},
        },
    } | {"initial": "one"}
    assert only(found(machine=both), "goes round for ever by itself: a → b → a").walk is None
    assert eventless_cycle(built(definition()).body) == ()


@pytest.mark.parametrize(
    ("invariant", "how"),
    [
        ({"before": "ended", "signed": {"role": "arbitrator"}}, "without the signature"),
        ({"before": "ended", "people": 2, "role": "tester"}, "2 different people of `tester`"),
        ({"before": "ended", "people": 2, "in": ["one"]}, "without 2 different people in `one`"),
        ({"never": {"person": "opener"}}, "the opener has signed"),
        ({"never": {"role": "software-assessor"}}, "the software-assessor has signed"),
        ({"ended": "lost"}, "without having been in `lost`"),
        ({"after": "one", "always": "mailed", "to": "board-list"}, "ends without `mailed`"),
        ({"only": ["lost"], "reaches": "ended"}, "comes to `ended` from elsewhere than `lost`"),
        (
            {"before": "ended", "signed": {"role": "tester"}, "outcome": "bad"},
            "without the signature by `bad`",
        ),
        (
            {"before": "lost", "people": 1, "in": ["one"], "outcome": "good"},
            "without 1 person in `one` by `good`",
        ),
        ({"before": "ended", "done": CLOSED}, "`opener` hasn't lost the role: `all`"),
        (
            {"before": "lost", "done": {"end": {"person": "opener", "list": "all"}}},
            "`opener` hasn't lost the list: `all`",
        ),
        (
            {"before": "ended", "undone": {"end": {"person": "opener", "list": "all"}}},
            "`opener` has lost the list: `all`",
        ),
    ],
)
def test_each_pattern_of_invariant_is_broken_and_shown(
    tmp_path: Path, invariant: dict[str, Any], how: str
) -> None:
    machine = definition()["machine"]
    machine["states"]["one"]["on"]["bad"] = "lost"
    machine["states"]["lost"] = {"final": True}
    outcomes = {"good": {"event": "good"}, "bad": {"event": "bad"}}
    data = definition(
        machine=machine,
        steps={"one": step(outcomes=outcomes)},
        effects=[LATER],
        invariants=[invariant | SOME],
    )
    finding = only(prove(built(data)).findings, how)
    assert finding.walk is not None
    assert replay(built(data), finding.walk).stopped_at is None
    file = tmp_path / "walk.yaml"
    file.write_text(finding.walk, encoding="utf-8")
    assert load_walk(file).story  # it has the form that `countersign walk --file` takes


def test_states_that_nobody_comes_to_are_one_finding() -> None:
    machine = definition()["machine"]
    machine["states"]["one"]["on"]["never_sent"] = "lost"
    machine["states"]["lost"] = {"on": {"good": "gone"}}
    machine["states"]["gone"] = {"final": True}
    steps = {"one": step(), "lost": step()}
    (unreached,) = [f for f in found(machine=machine, steps=steps) if "ever leads" in f.sentence]
    assert unreached.sentence == "No act of anybody ever leads to the states `lost`, `gone`."


def test_who_must_never_sign_is_said_with_where() -> None:
    invariant = {"never": {"role": "tester", "in": ["one"]}} | SOME
    only(found(invariants=[invariant]), "the tester has signed `one`")


@pytest.mark.parametrize(
    ("invariant", "remedy"),
    [
        ({"before": "ended", "signed": {"role": "arbitrator"}}, "its last act is refused"),
        ({"ended": "gone"}, "Let every way to the end bring what it asks for"),
        ({"after": "one", "always": "gone"}, "Let every way to the end bring what it asks for"),
    ],
)
def test_the_remedy_is_one_that_helps_and_leaves_the_invariant_open(
    invariant: dict[str, Any], remedy: str
) -> None:
    machine = definition()["machine"]
    machine["states"]["one"]["on"]["bad"] = "gone"
    machine["states"]["gone"] = {"final": True}
    outcomes = {"good": {"event": "good"}, "bad": {"event": "bad"}}
    findings = found(
        machine=machine, steps={"one": step(outcomes=outcomes)}, invariants=[invariant | SOME]
    )
    (finding,) = findings
    assert remedy in finding.remedy
    assert "If that walk is as you want it, mend the invariant." in finding.remedy


@pytest.mark.parametrize(
    "invariant",
    [
        {"before": "ended", "signed": {"role": "tester"}},
        {"before": "ended", "people": 1, "role": "tester"},
        {"never": {"role": "access-engineer"}},  # the matrix keeps whoever tests from being one
        {"never": {"person": "author"}},
        {"ended": "one"},
        {"after": "one", "always": "ended"},
        {"only": ["one"], "reaches": "ended"},
        {"before": "ended", "signed": {"role": "tester"}, "outcome": "good"},
        {"before": "ended", "people": 1, "in": ["one"], "outcome": "good"},
        {"before": "ended", "done": {"end": {"person": "opener", "list": "all"}}},
        {"before": "one", "undone": {"end": {"person": "opener", "list": "all"}}},
        {"before": "ended", "undone": CLOSED},
    ],
)
def test_each_pattern_of_invariant_is_proved_where_it_holds(invariant: dict[str, Any]) -> None:
    assert found(invariants=[invariant | SOME], effects=[LATER]) == ()


def test_whoever_signs_in_the_place_of_a_role_has_none_of_it_in_the_walk() -> None:
    seats = {"seat": {"role": "systems-administrator", "or": ["member"]}}
    wanted = {"before": "ended", "signed": {"role": "systems-administrator"}} | SOME
    finding = only(found(steps={"one": step(seats=seats)}, invariants=[wanted]), "the signature")
    assert finding.walk is not None
    people = finding.walk.partition("story:")[0]
    assert "systems-administrator" not in people
    assert len([line for line in people.splitlines() if "@" in line]) == 2


def test_a_grant_that_leads_back_to_itself_is_found() -> None:
    """The rules refuse it: the case would stand still at the act that leads there."""
    grant = {"person": "author", "role": "tester", "authority": "case", "otherwise": "bad"}
    machine = definition()["machine"]
    machine["states"] |= {"two": {"on": {"over": "ended", "bad": "two"}}}
    machine["states"]["one"]["on"] = {"good": "two"}
    two = step(outcomes={"good": {"event": "over"}})
    effects = [{"enter": "two", "grant": grant}]
    findings = found(machine=machine, steps={"one": step(), "two": two}, effects=effects)
    sentences = [finding.sentence for finding in findings]
    assert any("`bad` can happen where the machine has no way" in one for one in sentences)
    walk = next(f.walk for f in findings if "has no way" in f.sentence)
    assert walk is not None
    data = definition(machine=machine, steps={"one": step(), "two": two}, effects=effects)
    assert replay(built(data), walk).why == "no-way"


def test_keeping_out_the_holders_of_a_role_keeps_out_who_leads_them() -> None:
    never = [{"never": {"role": "systems-administrator"}} | SOME]
    seat = {"role": "tester", "not": [{"holders": "systems-administrator"}]}
    assert found(steps={"one": step(seats={"seat": seat})}, invariants=never) == ()
    only(found(invariants=never), "the systems-administrator has signed")


def test_a_leader_counts_as_active_in_the_team() -> None:
    seats = {"seat": {"role": "software-assessment-leader"}}
    invariant = {"before": "ended", "signed": {"role": "software-assessor"}} | SOME
    assert found(steps={"one": step(seats=seats)}, invariants=[invariant]) == ()


def test_the_cast_is_of_the_sample_community_with_the_roles_that_it_has() -> None:
    text = (files("worker") / "sample" / "community.csv").read_text(encoding="utf-8")
    teams = {
        "access": "access-leader",
        "systems-administration": "systems-administration-leader",
        "software-assessment": "software-assessment-leader",
        "support": "support-leader",
    }
    rows = {row["emails"].split()[0]: row for row in csv.DictReader(io.StringIO(text))}
    owners = {a: address for address, row in rows.items() for a in row["emails"].split()}
    players, uploads = community()
    for player in players:
        row = rows[player.address]
        leads = {teams[row["leads"]]} if row["leads"] else set()
        assert player.roles == {*row["roles"].split(), *leads}, player.name
    addresses = {player.name: player.address for player in players}
    for one in uploads:
        there = parse_patch(upload(one["file"])).addresses()
        strangers = [address for address in there if address not in owners]
        assert {owners[a] for a in there if a in owners} == {addresses[n] for n in one["authors"]}
        assert strangers == one["external"]


@pytest.mark.parametrize("quorum", [{"share": "1/2"}, {"at_least": 1}])
@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("end", ["lost", "carried"])
def test_in_a_walk_nobody_votes_after_a_vote_has_closed(
    end: str, quorum: dict[str, Any], *, early: bool
) -> None:
    outcomes = {"carried": {"event": "good"}, "lost": {"event": "bad"}}
    outcomes["inquorate"] = {"event": "late"}
    voting = step(
        seats={"body": {"body": "board"}},
        vote={"quorum": quorum, "early": early},
        outcomes=outcomes,
        deadline={"after": "P3D"},
    )
    to = {"good": "dropped", "bad": "dropped", "late": "dropped"}
    event = outcomes[end]["event"]
    states = {"one": {"on": to | {event: "ended"}}, "dropped": {"final": True}}
    made = definition(
        steps={"one": voting},
        machine={"initial": "one", "states": states | {"ended": {"final": True}}},
        invariants=[{"before": "ended", "signed": {"role": "tester"}} | SOME],
    )
    walk = only(prove(built(made)).findings, "without the signature").walk or ""
    assert replay(built(made), walk).stopped_at is None
    assert ("pass-time" in walk) is not early
