"""Small processes by which people come and go, and a desk at which they are played.

`motion` is a vote of the Board; `admitting` opens one and gives a role and a place on a list if it
is carried; `leaving` ends them, and `retiring` a seat on the Board; `grasping` would give without
anybody's vote; `drawing` casts a lot; `resting` asks the body when nobody has done anything in
time; `noting` queues what was done, and `summary` takes it up; `alarming` tells the Board where its
cases repeat.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ruamel.yaml import YAML

from definitions.acts import CommitReply, CommitRequest, Facts, Head, SignedAct
from definitions.canonical import Json
from definitions.clock import stamp
from definitions.definition import Definition
from store.cases import register_definition
from store.children import children_to_start
from store.commit import Committer
from store.directory import roles_of
from store.notices import notices_for
from store.recommit import Confirmed, Rejected
from tests.support.community import Desk

MOTION = """
process: motion
title: Asking
summary: A body votes.
policy: ["9.1.5"]
number: q
rules: 1
start:
  roles: [board-member]
  cases: [admitting, resting]
  fields:
    proposal: {type: text, title: Proposal, required: true}
    subject: {type: person, title: Whom}
    area: {type: choice, title: Area, choices: {systems-administrator: S, none: N}}
people: {subject: {from: subject, title: Whom}}
machine:
  initial: voting
  states:
    voting: {on: {was_carried: carried, was_lost: lost, was_inquorate: inquorate}}
    carried: {final: true}
    lost: {final: true}
    inquorate: {final: true}
steps:
  voting:
    title: Vote
    policy: "9.1.5"
    seats: {board: {body: board}}
    vote: {active: area}
    deadline: {after: P3D}
    outcomes:
      carried: {event: was_carried}
      lost: {event: was_lost}
      inquorate: {event: was_inquorate}
"""
ADMITTING = """
process: admitting
title: Admitting
summary: Somebody is given a role.
policy: ["9.1.5"]
number: j
rules: 1
start:
  roles: [member]
  fields:
    subject: {type: person, title: Whom, required: true}
    role: {type: choice, title: Role, required: true, choices:
      {systems-administrator: S, software-assessor: A, board-member: B, none: N}}
    access: {type: choice, title: List, required: true,
      choices: {physical-access-list: P, ssh-access-list: S, none: N}}
people: {subject: {from: subject, title: Whom}}
machine:
  initial: asked
  states:
    asked: {on: {yes: given, no: refused}}
    given: {on: {was_noted: done, barred: excluded}}
    done: {final: true}
    excluded: {final: true}
    refused: {final: true}
steps:
  given:
    title: Note it
    policy: "9.1.5"
    seats: {scribe: {person: opener, allow: [{person: subject, judgement: a test}]}}
    outcomes: {noted: {event: was_noted}}
effects:
  - enter: asked
    open:
      process: motion
      as: motion
      with:
        proposal: {text: "{number} proposes it"}
        subject: {person: subject}
        area: {choice: none}
      on: {carried: yes, lost: no, inquorate: no}
  - enter: given
    grant: {person: subject, role: {field: role}, authority: motion, otherwise: barred}
  - enter: given
    grant: {person: subject, list: {field: access}, authority: motion, otherwise: barred}
  - enter: given
    mail: {to: [{person: opener}], subject: "{number}: given", text: "It is given."}
"""
_LEAVING = """
process: leaving
title: Leaving
summary: Everything of somebody ends.
policy: ["9.1.6"]
number: k
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
people: {subject: {from: subject, title: Whom}}
machine:
  initial: closing
  states:
    closing: {on: {was_closed: closed}}
    closed: {final: true}
steps:
  closing:
    title: Close it
    policy: "9.1.6"
    seats: {closer: {role: member}}
    outcomes: {closed: {event: was_closed}}
effects:
  - {enter: closing, end: {person: subject, role: all, authority: case}}
  - {enter: closing, end: {person: subject, list: all, authority: case}}
"""
_RETIRING = """
process: retiring
title: Retiring
summary: Somebody leaves the Board.
policy: ["9.1.1"]
number: x
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
people: {subject: {from: subject, title: Whom}}
machine: {initial: retired, states: {retired: {final: true}}}
steps:
  never: {title: N, policy: "9.1.1", seats: {one: {role: member}}, outcomes: {yes: {event: e}}}
effects:
  - {enter: retired, end: {person: subject, role: board-member, authority: case}}
"""
_GRASPING = """
process: grasping
title: Grasping
summary: Gives what nobody voted for.
policy: ["9.1.5"]
number: v
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
people: {subject: {from: subject, title: Whom}}
machine: {initial: taken, states: {taken: {final: true}}}
steps:
  never: {title: N, policy: "9.1.5", seats: {one: {role: member}}, outcomes: {yes: {event: e}}}
effects:
  - {enter: taken, grant: {person: subject, role: board-member, authority: case}}
"""
_DRAWING = """
process: drawing
title: Drawing
summary: Casts a lot.
policy: ["9.1.4"]
number: u
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
people: {subject: {from: subject, title: Whom}}
draws:
  judge: {role: software-assessor, on: judging, title: Judge, not: [opener], policy: "9.1.4"}
machine:
  initial: judging
  states: {judging: {on: {was_judged: judged}}, judged: {final: true}}
steps:
  judging:
    title: Judge
    policy: "9.1.4"
    seats: {judge: {person: judge}}
    outcomes: {judged: {event: was_judged}}
"""
_RESTING = """
process: resting
title: Resting
summary: A deadline opens another case.
policy: ["9.1.5"]
number: y
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
people: {subject: {from: subject, title: Whom}}
machine:
  initial: idle
  states:
    idle: {on: {was_done: done, lapsed: asked}}
    asked: {on: {yes: done, no: done}}
    done: {final: true}
steps:
  idle:
    title: Do it
    policy: "9.1.5"
    seats: {one: {role: member}}
    outcomes: {done: {event: was_done}}
    deadline: {after: P3D, event: lapsed}
effects:
  - enter: asked
    open:
      process: motion
      as: motion
      with: {proposal: {text: "{number} rests"}, subject: {person: subject}, area: {choice: none}}
      on: {carried: yes, lost: no, inquorate: no}
"""
_NOTING = """
process: noting
title: Noting
summary: What was done is queued for the next summary.
policy: ["3.2.3"]
number: n
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
machine:
  initial: idle
  states: {idle: {on: {was_done: done}}, done: {final: true}}
steps:
  idle:
    title: Do it
    policy: "3.2.3"
    seats: {one: {role: member}}
    outcomes: {done: {event: was_done}}
effects:
  - {enter: done, queue: {for: summary, text: {en: "{number}: {title}"}}}
"""
_SUMMARY = """
process: summary
title: Summary
summary: Everything that waits is signed thing by thing.
policy: ["3.2.3"]
number: z
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
machine:
  initial: summing
  states: {summing: {on: {was_told: told}}, told: {final: true}, withdrawn: {final: true}}
steps:
  summing:
    title: Sum up
    policy: "3.2.3"
    seats: {teller: {role: member}}
    each: {items: {rest: Nothing else happened}, queued: true}
    outcomes: {told: {event: was_told}}
withdraw: {during: [summing], to: withdrawn}
"""
_ALARMING = """
process: alarming
title: Alarm
summary: Something is done at once, and the Board is told where that repeats.
policy: ["3.2.3"]
number: v
rules: 1
start:
  roles: [member]
  fields: {subject: {type: person, title: Whom, required: true}}
machine:
  initial: idle
  states:
    idle: {on: {was_done: told, was_nothing: nothing}}
    told: {on: {again: idle, over: done}}
    done: {final: true}
    nothing: {final: true}
steps:
  idle:
    title: Do it
    policy: "3.2.3"
    seats: {one: {role: member}}
    outcomes: {done: {event: was_done}, nothing: {event: was_nothing}}
  told:
    title: Go on
    policy: "3.2.3"
    seats: {one: {role: member}}
    outcomes: {anew: {event: again}, enough: {event: over}}
effects:
  - enter: told
    repeated: {within: P7D, least: 3}
    mail: {to: [{list: board-list}], subject: "{number}: number {count}", text: "After {earlier}."}
"""


def built(text: str) -> Definition:
    """Return the definition that a text says."""
    return Definition.build(YAML(typ="safe").load(text), {})


LIBRARY = {
    one.process: one
    for one in map(
        built,
        (
            MOTION,
            ADMITTING,
            _LEAVING,
            _RETIRING,
            _GRASPING,
            _DRAWING,
            _RESTING,
            _NOTING,
            _SUMMARY,
            _ALARMING,
        ),
    )
}


def current(process: str) -> Definition:
    """Return the definition that cases of a process begin under."""
    return LIBRARY[process]


@dataclass
class AdmittingDesk(Desk):
    """A desk at which these processes are played.

    Attributes:
        confirmed: the commits, by case.
        rejected: what was refused for good, by case.
    """

    confirmed: dict[str, list[Confirmed]] = field(default_factory=dict)
    rejected: dict[str, list[Rejected]] = field(default_factory=dict)

    @property
    def committer(self) -> Committer:
        """Return what commits, and knows what child cases begin under."""

        def refused(line: Any) -> None:
            self.log.append(dict(line))

        return Committer(self.database, self.clock, self.worker_key, refused, current=current)

    def definition(self, process: str = "motion") -> Definition:
        return LIBRARY[process]

    def send(
        self, request: CommitRequest, *, process: str = "", workflow: str | None = None
    ) -> CommitReply:
        """Commit, and keep what was confirmed as a history would."""
        case = workflow or str(request.signed.act["case"])
        reply = super().send(request, process=process or self.state(case).process, workflow=case)
        if reply.result == "committed":
            facts, state = reply.facts or {}, reply.state or ""
            one = Confirmed(
                request.signed, request.head, reply.head, facts, state, request.definition
            )
            self.confirmed.setdefault(case, []).append(one)
        if reply.for_good:
            no = Rejected(request.signed, reply.refusal or {}, stamp(self.clock.now()))
            self.rejected.setdefault(case, []).append(no)
        return reply

    def begin(self, process: str, name: str, **values: Json) -> str:
        """Open a case of a process; `subject` is somebody's first name."""
        given = {**values, "subject": self.person(str(values["subject"]))}
        return self.open(name, values=given, process=process)

    def child_request(self, parent: str, process: str = "motion") -> CommitRequest:
        """Return the request that opens the one child of a case that waits."""
        with self.database.reading() as connection:
            (waiting,) = children_to_start(connection, parent)
        return CommitRequest(waiting.signed, Head(), LIBRARY[process].text)

    def open_child(self, parent: str, process: str = "motion") -> str:
        """Open the one child of a case that waits, and return its id."""
        request = self.child_request(parent, process)
        reply = self.send(request, process=process)
        assert reply.result == "committed", reply
        return str(request.signed.act["id"])

    def vote(self, case: str, name: str, choice: str) -> CommitReply:
        values: dict[str, Json] = {"conflict": "none"}
        return self.do(
            case, name, "vote", step="voting", seat="board", outcome=choice, values=values
        )

    def close(self, case: str, step: str = "voting") -> CommitReply:
        """Let the time of a vote, or of another step, pass."""
        self.clock.pass_time(timedelta(days=3))
        return self.send(self.tick(case, "deadline", step))

    def look(self, case: str) -> list[CommitReply]:
        """Let a case take in what happened elsewhere."""
        return [
            self.send(CommitRequest(signed, self.head(case)))
            for signed in notices_for(self.database, case)
        ]

    def admit(self, name: str, role: str, access: str = "none", choice: str = "aye") -> str:
        """Ask the body for a role and a list, let it vote, and return the case that asked."""
        case = self.begin("admitting", "mia", subject=name, role=role, access=access)
        child = self.open_child(case)
        assert self.vote(child, "bea", choice).result == "committed"
        assert self.close(child).result == "committed"
        assert [reply.result for reply in self.look(case)] == ["committed"]
        return case

    def roles(self, name: str) -> tuple[str, ...]:
        """Return what the directory says now of somebody's roles."""
        with self.database.reading() as connection:
            return roles_of(connection, self.person(name), stamp(self.clock.now()))

    def draw(self, case: str, name: str, head: Head | None = None) -> CommitRequest:
        """Return the request with which the clock casts a lot."""
        state, head = self.state(case), head or self.head(case)
        rule = self.definition(state.process).body.draws[name]
        act = self.signed_again(self.tick(case, "draw", rule.on), seat=name).signed.act
        act |= {"id": f"{case}:{head.seq}:draw:{name}", "instance": None}
        return CommitRequest(SignedAct(act), head)

    def facts_of_last(self, case: str) -> Facts:
        """Return what the last commit of a case decided."""
        return Facts.from_json(self.confirmed[case][-1].facts)


def admitting_desk(desk: Desk) -> AdmittingDesk:
    """Return such a desk in a community's store, with the processes registered."""
    with desk.database.writing() as connection:
        for definition in LIBRARY.values():
            register_definition(connection, definition)
    made = AdmittingDesk(desk.database, desk.web_key, desk.worker_key, desk.clock, desk.founded)
    made.counter, made.log = desk.counter, desk.log
    return made
