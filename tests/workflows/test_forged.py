"""Acts sent straight to Temporal by somebody who should not: refused, logged, nothing changed.

Whoever reaches Temporal with the payloads' key can send anything. They can't sign as the web,
so the commit refuses what they make of it (`design.md`, "What remains possible").
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from definitions.acts import Act, ActResult, Opening, SignedAct
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.refusals import Refusal
from store.signatures import SigningKey, sign
from tests.support.cases import PACKAGES, Case, dump, open_case
from tests.support.engine import Engine, with_signature_of
from workflows import names


@dataclass(frozen=True)
class Scene:
    """Two cases like each other, and a sign-off of the first that would be accepted."""

    case: Case
    other: Case
    true: SignedAct
    folder: Path

    @property
    def engine(self) -> Engine:
        return self.case.engine

    def made(self, who: str = "ada", outcome: str = "approve", **values: Json) -> SignedAct:
        return self.case.sign_off(who, "approval", "lead", outcome, **values)

    def altered(self, signed: SignedAct | None = None, **changed: Json) -> SignedAct:
        """Change an act and leave its signature as it is."""
        signed = signed or self.true
        return replace(signed, act={**signed.act, **changed})

    def opened_with(self, **openings: Opening) -> SignedAct:
        return replace(self.true, openings={**self.true.openings, **openings})

    def comment(self) -> Opening:
        return self.true.openings["comment"]

    def by_web(self, signed: SignedAct) -> SignedAct:
        """Sign as the web: what a hole in the web, or its key in wrong hands, could do."""
        return _signed(signed, self.engine.web_key)

    def in_name_of(self, who: str) -> SignedAct:
        person = self.engine.people[who]
        return self.altered(actor=person.id, roles=list(person.roles))

    def clock(self) -> SignedAct:
        state = self.case.state
        act = Act(
            id=f"{self.case.id}:1:deadline:approval",
            case=self.case.id,
            kind="deadline",
            actor="system",
            definition=state.definition,
            shown="",
            auth={"kind": "system", "cause": {"due": "", "seq": 1}},
            at=state.opened_at,
            step="approval",
            instance="1",
        )
        return SignedAct(act.to_json())


def _signed(signed: SignedAct, key: SigningKey) -> SignedAct:
    return replace(signed, signatures=[dict(sign(Act.from_json(signed.act), key))])


FORGED: dict[str, tuple[str, Callable[[Scene], SignedAct]]] = {
    "without a signature": ("bad-signature", lambda s: replace(s.true, signatures=[])),
    "with its signature twice": (
        "bad-signature",
        lambda s: replace(s.true, signatures=s.true.signatures * 2),
    ),
    "signed with a key that nobody knows": (
        "bad-signature",
        lambda s: _signed(s.true, SigningKey.create(s.folder / "other.jwk")),
    ),
    "signed with the worker's key": (
        "bad-signature",
        lambda s: _signed(s.true, s.engine.worker_key),
    ),
    "with the signature of another case": (
        "bad-signature",
        lambda s: with_signature_of(s.true, s.by_web(s.altered(case=s.other.id))),
    ),
    "with the signature of another person": (
        "bad-signature",
        lambda s: with_signature_of(s.true, s.by_web(s.in_name_of("dana"))),
    ),
    "with the signature of another outcome": (
        "bad-signature",
        lambda s: with_signature_of(s.true, s.by_web(s.altered(outcome="reject"))),
    ),
    "altered after it was signed": ("bad-signature", lambda s: s.altered(outcome="reject")),
    "in another's name": (
        "bad-signature",
        lambda s: with_signature_of(s.true, s.made("bo", comment="Fine.")),
    ),
    "with a role that the directory doesn't know of": (
        "not-yours",
        lambda s: s.by_web(s.altered(s.made("bo"), roles=["systems-administration-leader"])),
    ),
    "by somebody who is not in the directory": (
        "unknown-actor",
        lambda s: s.by_web(s.altered(actor="p-nobody")),
    ),
    "with another value": (
        "bad-opening",
        lambda s: s.opened_with(comment=replace(s.comment(), value="Not fine.")),
    ),
    "with another salt": (
        "bad-opening",
        lambda s: s.opened_with(comment=replace(s.comment(), salt=secrets.token_hex(32))),
    ),
    "with a value missing": ("bad-opening", lambda s: replace(s.true, openings={})),
    "with a value that nobody signed": (
        "bad-opening",
        lambda s: replace(s.made(), openings=s.true.openings),
    ),
    "with an id of the clock's form": (
        "malformed",
        lambda s: s.by_web(s.altered(id=f"{s.case.id}:1:x")),
    ),
    "signed for another case": (
        "no-such-case",
        lambda s: s.other.sign_off("ada", "approval", "lead", "approve"),
    ),
    "signed for another definition": (
        "other-definition",
        lambda s: s.by_web(s.altered(definition="0" * 64)),
    ),
    "as the system": (
        "unknown-act",
        lambda s: replace(s.altered(actor="system"), signatures=[]),
    ),
    "as the clock": ("unknown-act", lambda s: s.clock()),
    "as the clock, signed": ("unknown-act", lambda s: _signed(s.clock(), s.engine.worker_key)),
    "as an effect": ("unknown-act", lambda s: s.altered(kind="mail")),
    "with an id that is no text": ("malformed", lambda s: s.altered(id={"a": [1]})),
    "with more than an act holds": ("malformed", lambda s: s.altered(more=1)),
    "as nothing": ("malformed", lambda _: SignedAct({})),
}


@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_sign_off_changes_nothing(
    shared: Engine, system_patch: Definition, tmp_path: Path, how: str
) -> None:
    code, forge = FORGED[how]
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    other = await open_case(shared, system_patch, "bo", PACKAGES)
    true = case.sign_off("ada", "approval", "lead", "approve", comment="Fine.")
    forged = forge(Scene(case, other, true, tmp_path))
    before, head, logged = dump(shared.database), await case.head(), len(shared.security_log)
    result = await _send(case, forged)
    assert result.refusal is not None
    assert result.refusal["code"] == code
    assert dump(shared.database) == before
    assert await case.head() == head
    lines = shared.security_log[logged:]
    assert [(line["case"], line["code"]) for line in lines] == [(case.id, code)]
    assert (await shared.send(true)).accepted


async def test_another_content_under_the_id_of_an_answered_act_changes_nothing(
    shared: Engine, system_patch: Definition
) -> None:
    """The case gives the answer that this id got; the record keeps what was signed."""
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    first = case.act("cy", "comment", values={"comment": "First."})
    answer = await shared.send(first)
    assert answer.accepted
    before = dump(shared.database)
    second = case.act("cy", "comment", values={"comment": "Two."}, id=first.act["id"])
    for again in (second, replace(first, openings={}), replace(first, signatures=[])):
        assert await _send(case, again) == answer
    assert dump(shared.database) == before


async def test_an_act_under_the_name_of_another_takes_no_answer_away(
    shared: Engine, system_patch: Definition
) -> None:
    """Temporal answers an update's id once: nobody gets their answer to something else."""
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    mine = case.act("cy", "comment", values={"comment": "Mine."})
    true = case.sign_off("ada", "approval", "lead", "approve")
    for update in (true.act["id"], secrets.token_hex(8), f"{mine.act['id']}x"):
        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await case.handle.execute_update(
                names.UPDATE_ACT, mine, id=update, result_type=ActResult
            )
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.details[0]["code"] == "other-update"
    assert (await shared.send(true)).accepted
    assert (await shared.send(mine)).accepted


async def _send(case: Case, signed: SignedAct) -> ActResult:
    """Send anything to the case, under an update id that Temporal hasn't answered yet.

    It begins with the act's own id, as it must.
    """
    update = f"{signed.act.get('id', '')}:{secrets.token_hex(8)}"
    try:
        answer: ActResult = await case.handle.execute_update(
            names.UPDATE_ACT, signed, id=update, result_type=ActResult
        )
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        assert isinstance(cause, ApplicationError)
        assert cause.type == names.REFUSED, cause
        return ActResult.refused(Refusal.from_json(cause.details[0]))
    return answer
