"""A small invented community, and somebody who fills in forms as the web would.

`Desk` makes signed acts, and commits them; tests forge theirs from what it makes.
"""

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from definitions.acts import Act, CommitReply, CommitRequest, Head, SignedAct
from definitions.canonical import Json
from definitions.clock import FixedClock, stamp
from definitions.definition import Definition
from definitions.loader import load_library
from definitions.refusals import Refusal
from definitions.rules import shown
from definitions.state import CaseState
from store.absences import Absence, Speaker, say_away
from store.cases import load_state, register_definition
from store.commit import Committer
from store.commitments import committed
from store.database import Database
from store.directory import person_by_address, roles_of
from store.founding import Founded, found_community, read_community
from store.signatures import SigningKey, sign
from store.streams import head_of

Said = TypeVar("Said")

COMMUNITY = """\
name, emails, roles, leads, language, lists, motion
Ada Access, ada@example.org, access-engineer, access, en, physical-control-list, m20261005.1
Sam Root, sam@example.org sam@home.example, systems-administrator, systems-administration, de, \
physical-access-list, m20261005.2
Sue Shell, sue@example.org, systems-administrator, , en, ssh-access-list, m20261005.2
Sid Kernel, sid@example.org, systems-administrator, , en, ,
Lea Review, lea@example.org, software-assessor, software-assessment, en, ,
Rob Review, rob@example.org rob@home.example, software-assessor, , en, ,
Rita Review, rita@example.org, software-assessor, , en, ,
Bea Board, bea@example.org, board-member, , en, ,
Mia Member, mia@example.org, , , en, ,
"""

PATCH_VALUES: dict[str, Json] = {
    "packages": {
        "packages": [
            {
                "name": "openssl",
                "architecture": "amd64",
                "old": "3.0.1",
                "new": "3.0.2",
                "origins": ["stable-security"],
                "security": True,
            }
        ]
    },
    "servers": "webdb",
    "reason": "It mends a weakness.",
}


@dataclass
class Desk:
    """One installation's store with a community, keys and a clock that stands still."""

    database: Database
    web_key: SigningKey
    worker_key: SigningKey
    clock: FixedClock
    founded: Founded
    log: list[dict[str, Json]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    counter: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def committer(self) -> Committer:
        def refused(line: Any) -> None:
            self.log.append(dict(line))

        return Committer(self.database, self.clock, self.worker_key, refused, self.places.append)

    def person(self, name: str) -> str:
        """Return the id of whoever has this first name."""
        with self.database.reading() as connection:
            found = person_by_address(connection, f"{name}@example.org")
        assert found
        return found

    def nonce(self) -> str:
        return f"nonce-{next(self.counter):06d}"

    def head(self, case: str) -> Head:
        with self.database.reading() as connection:
            return head_of(connection, case)

    def state(self, case: str) -> CaseState:
        with self.database.reading() as connection:
            state = load_state(connection, case)
        assert state
        return state

    def definition(self, process: str = "system-patch") -> Definition:
        return load_library().current(process)

    def away(self, name: str, first: date, last: date) -> Absence | Refusal:
        """Let somebody say that they are away."""
        return self.says(name, lambda connection, who: say_away(connection, who, first, last))

    def says(self, name: str, what: Callable[[Connection, Speaker], Said]) -> Said:
        """Let somebody say something of themselves."""
        at = stamp(self.clock.now())
        auth: dict[str, Json] = {"kind": "link", "at": at}
        speaker = Speaker(self.person(name), self.nonce(), auth, at, self.web_key)
        with self.database.writing() as connection:
            return what(connection, speaker)

    def opening(
        self, name: str, values: dict[str, Json] | None = None, process: str = "system-patch"
    ) -> CommitRequest:
        """Return the request that opens a case."""
        definition, nonce = self.definition(process), self.nonce()
        commitments, openings = committed(values or PATCH_VALUES)
        act = Act(
            id=nonce,
            case=nonce,
            kind="open",
            actor=self.person(name),
            definition=definition.version,
            shown="",
            auth={"kind": "link", "at": stamp(self.clock.now())},
            at=stamp(self.clock.now()),
            values=commitments,
        )
        signed = SignedAct(act.to_json(), [sign(act, self.web_key)], openings)
        return CommitRequest(signed, Head(), definition.text)

    def act(
        self,
        case: str,
        name: str,
        kind: str,
        *,
        step: str | None = None,
        seat: str | None = None,
        outcome: str | None = None,
        values: dict[str, Json] | None = None,
    ) -> CommitRequest:
        """Return a request for one act of a person on top of the stored head."""
        state = self.state(case)
        with self.database.reading() as connection:
            roles = roles_of(connection, self.person(name), stamp(self.clock.now()))
        commitments, openings = committed(values or {})
        definition = self.definition(state.process)
        act = Act(
            id=self.nonce(),
            case=case,
            kind=kind,
            actor=self.person(name),
            definition=state.definition,
            shown=shown(definition, state, step),
            auth={"kind": "link", "at": stamp(self.clock.now())},
            at=stamp(self.clock.now()),
            step=step,
            instance=state.steps[step].instance if step and step in state.steps else None,
            seat=seat,
            outcome=outcome,
            roles=roles,
            values=commitments,
        )
        return self.request(act, openings)

    def tick(self, case: str, kind: str, step: str) -> CommitRequest:
        """Return the request with which the clock acts on a step."""
        state = self.state(case)
        head = self.head(case)
        act = Act(
            id=f"{case}:{head.seq}:{kind}-{step}",
            case=case,
            kind=kind,
            actor="system",
            definition=state.definition,
            shown="",
            auth={"kind": "system", "cause": {"due": kind}},
            at=stamp(self.clock.now()),
            step=step,
            instance=state.steps[step].instance,
        )
        return CommitRequest(SignedAct(act.to_json()), head)

    def request(self, act: Act, openings: Any) -> CommitRequest:
        signed = SignedAct(act.to_json(), [sign(act, self.web_key)], openings)
        return CommitRequest(signed, self.head(act.case))

    def signed_again(self, request: CommitRequest, **changes: Any) -> CommitRequest:
        """Return the request with a changed act, signed with the web's key again."""
        act = replace(request.signed.read(), **changes)
        signed = SignedAct(act.to_json(), [sign(act, self.web_key)], request.signed.openings)
        return replace(request, signed=signed)

    def send(
        self,
        request: CommitRequest,
        *,
        process: str = "system-patch",
        workflow: str | None = None,
    ) -> CommitReply:
        workflow = workflow or request.signed.act["case"]
        return self.committer.commit(request, process=process, workflow=workflow)

    def open(self, name: str = "sue", **kwargs: Any) -> str:
        """Open a case and return its id."""
        request = self.opening(name, **kwargs)
        process = kwargs.get("process", "system-patch")
        reply = self.send(request, process=process)
        assert reply.result == "committed", reply
        return str(request.signed.act["id"])

    def do(self, case: str, name: str, kind: str, **kwargs: Any) -> CommitReply:
        """Commit one act of a person."""
        process = self.state(case).process
        return self.send(self.act(case, name, kind, **kwargs), process=process)

    def sign_off(
        self, case: str, name: str, step: str, seat: str, outcome: str, **values: Json
    ) -> CommitReply:
        return self.do(case, name, "sign_off", step=step, seat=seat, outcome=outcome, values=values)


def found_desk(database: Database, folder: Path, at: datetime | None = None) -> Desk:
    """Set up the community in an empty database, with all definitions registered."""
    clock = FixedClock(at or datetime(2026, 10, 18, 9, 30, tzinfo=UTC))
    suffix = secrets.token_hex(4)
    web_key = SigningKey.create(folder / f"web-{suffix}.jwk")
    worker_key = SigningKey.create(folder / f"worker-{suffix}.jwk")
    founded = found_community(
        database, read_community(COMMUNITY), clock=clock, web_key=web_key, worker_key=worker_key
    )
    with database.writing() as connection:
        for definition in load_library().definitions():
            register_definition(connection, definition)
    return Desk(database, web_key, worker_key, clock, founded)
