"""The form of acts, openings, facts, entries and refusals: strict, canonical, there and back."""

import hashlib
import json
import secrets
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.acts import (
    NO_ENTRY,
    Act,
    ActResult,
    Entry,
    Facts,
    Head,
    MalformedAct,
    Opening,
    SignedAct,
    shown_digest,
)
from definitions.canonical import canonical, commit_to, digest, opens, sha256
from definitions.refusals import Refusal

SALT = "ab" * 32
ACT = Act(
    id="nonce-1",
    case="case-1",
    kind="sign_off",
    actor="person-1",
    definition="d" * 64,
    shown="e" * 64,
    auth={"kind": "link", "at": "2026-03-02T09:00:00.000Z"},
    at="2026-03-02T09:00:00.000Z",
    step="review",
    instance="1",
    seat="lead",
    outcome="approve",
    roles=("member",),
    values={"comment": commit_to(SALT, "Fine.")},
)


def test_an_act_has_exactly_these_keys() -> None:
    assert sorted(json.loads(ACT.canonical())) == [
        "actor", "at", "auth", "case", "definition", "format", "id", "instance", "kind",
        "on_behalf", "outcome", "roles", "seat", "shown", "step", "values",
    ]  # fmt: skip
    assert ACT.canonical() == canonical(ACT.to_json())
    assert Act.from_json(json.loads(ACT.canonical())) == ACT


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"more": 1}, "exactly the keys"),
        ({"format": "countersign-act/2"}, "unknown format"),
        ({"id": 3}, "id must be a string"),
        ({"actor": None}, "actor must be a string"),
        ({"at": 3}, "at must be a string"),
        ({"step": 3}, "step must be a string or null"),
        ({"on_behalf": []}, "on_behalf must be a string or null"),
        ({"auth": "link"}, "auth must be an object"),
        ({"auth": {"at": "x"}}, "auth must be an object with a kind"),
        ({"roles": "member"}, "roles must be a list"),
        ({"roles": [3]}, "roles must be a list"),
        ({"values": []}, "values must map"),
        ({"values": {"comment": 3}}, "values must map"),
    ],
)
def test_what_is_not_an_act_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(MalformedAct, match=why):
        Act.from_json(ACT.to_json() | change)


def test_an_act_lacks_nothing_and_is_an_object() -> None:
    data = ACT.to_json()
    del data["on_behalf"]
    for wrong in list[Any]([data, [], None, "act"]):
        with pytest.raises(MalformedAct, match="exactly the keys"):
            Act.from_json(wrong)


def test_what_is_shown_is_the_definition_and_the_values() -> None:
    one = shown_digest("d", {"a": "1", "b": "2"})
    assert one == shown_digest("d", {"b": "2", "a": "1"})
    assert one == digest({"definition": "d", "values": {"a": "1", "b": "2"}})
    assert one not in (shown_digest("e", {"a": "1", "b": "2"}), shown_digest("d", {"a": "1"}))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(values, values)
def test_a_commitment_opens_with_its_own_salt_and_value_only(value: Any, other: Any) -> None:
    salt = secrets.token_bytes(32).hex()
    commitment = commit_to(salt, value)
    assert commitment == hashlib.sha256(bytes.fromhex(salt) + canonical(value)).hexdigest()
    assert Opening(salt, value).opens(commitment)
    assert not Opening("00" * 32, value).opens(commitment)
    assert opens(commitment, salt, other) == (canonical(other) == canonical(value))


@pytest.mark.parametrize("salt", ["", "ab" * 31, "zz" * 32])
def test_a_salt_has_32_bytes(salt: str) -> None:
    with pytest.raises(ValueError, match=r"salt has 32|hexadecimal"):
        commit_to(salt, "x")
    assert not opens("0" * 64, salt, "x")


def test_what_is_not_json_opens_nothing() -> None:
    assert not opens("0" * 64, SALT, {1, 2})


def test_facts_come_back_and_leave_out_what_is_absent() -> None:
    bare = Facts(time="t")
    assert bare.to_json() == {"time": "t", "roles": []}
    full = Facts(time="t", roles=("member",), number="p1", people={"author": ("a", "b")})
    for facts in (bare, full):
        assert Facts.from_json(json.loads(canonical(facts.to_json()))) == facts


def test_an_entry_is_chained_by_its_canonical_bytes() -> None:
    entry = Entry(
        stream="case-1",
        seq=1,
        prev=NO_ENTRY,
        act=ACT.to_json(),
        signatures=({"protected": "p", "signature": "s"},),
        facts=Facts(time="t").to_json(),
        state="f" * 64,
    )
    assert entry.sha256() == sha256(entry.canonical())
    data = json.loads(entry.canonical())
    assert data["format"] == "countersign-entry/1"
    assert data["signatures"] == [{"protected": "p", "signature": "s"}]
    assert Head() == Head(0, NO_ENTRY)


def test_a_signed_act_is_read_strictly_and_shows_its_values() -> None:
    signed = SignedAct(act=ACT.to_json(), openings={"comment": Opening(SALT, "Fine.")})
    assert signed.read() == ACT
    assert signed.values() == {"comment": "Fine."}
    with pytest.raises(MalformedAct):
        SignedAct(act={}).read()


def test_a_refusal_comes_back_and_is_an_answer() -> None:
    refusal = Refusal("barred", "You may not.", "7.4", "Somebody else must.", "patch")
    assert Refusal.from_json(refusal.to_json()) == refusal
    answer = ActResult.refused(refusal)
    assert (answer.accepted, answer.refusal) == (False, asdict(refusal))
