"""A small process whose steps are decided from mails, and a desk at which links are used.

A body votes from a link, somebody of a role notes it from one, and it is sealed by a link with a
sign-in beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from definitions.acts import MAIL_LINK, CommitReply, CommitRequest
from definitions.canonical import Json
from definitions.clock import stamp
from definitions.definition import Definition
from store import tables
from store.access.case_links import find, mint, supersede
from store.access.link_tokens import LinkClaims, read
from store.cases import register_definition
from store.commit import Committer
from store.mail import Mail, load_mail
from store.notices import AskedLink, ask_for_link
from store.signatures import SigningKey
from tests.support.admitting import AdmittingDesk, built
from tests.support.community import Desk

URL = "https://sign.example.org"
_POLLING = """
process: polling
title: Polling
summary: A body votes from mails.
policy: ["9.1.5"]
number: i
rules: 1
start:
  roles: [board-member, member]
  fields: {proposal: {type: text, title: Proposal, required: true}}
machine:
  initial: voting
  states:
    voting: {on: {was_carried: noting, was_lost: lost, was_inquorate: lost}}
    noting: {on: {was_noted: sealing}}
    sealing: {on: {was_sealed: done}}
    done: {final: true}
    lost: {final: true}
steps:
  voting:
    title: Vote
    policy: "9.1.5"
    seats: {board: {body: board, link: true}}
    vote: {}
    deadline: {after: P3D}
    outcomes:
      carried: {event: was_carried}
      lost: {event: was_lost}
      inquorate: {event: was_inquorate}
  noting:
    title: Note it
    policy: "9.1.5"
    seats:
      scribe: {role: systems-administrator, link: true}
      reader: {role: software-assessor}
    outcomes: {noted: {event: was_noted}}
  sealing:
    title: Seal it
    policy: "9.1.5"
    seats: {sealer: {role: systems-administrator, link: {with: sign-in}}}
    outcomes: {sealed: {event: was_sealed}}
effects:
  - enter: voting
    mail: {to: [{seats: voting}], subject: "{number}: vote", text: "Please vote."}
  - enter: noting
    mail: {to: [{seats: noting}], subject: "{number}: note", text: "Please note it."}
  - enter: sealing
    mail: {to: [{seats: sealing}], subject: "{number}: seal", text: "Please seal it."}
"""
POLLING = built(_POLLING)


def current(process: str) -> Definition:
    """Return what cases begin under."""
    assert process == "polling"
    return POLLING


@dataclass
class MailedDesk(AdmittingDesk):
    """A desk where mails have links, signed with `link_key`."""

    link_key: SigningKey | None = None

    @property
    def committer(self) -> Committer:
        def refused(line: Any) -> None:
            self.log.append(dict(line))

        return Committer(self.database, self.clock, self.worker_key, refused, current=current)

    def definition(self, process: str = "polling") -> Definition:
        return current(process)

    def poll(self) -> str:
        """Put something before the body; Bea alone is of it."""
        return self.open("bea", values={"proposal": "Shall we?"}, process="polling")

    def carried(self) -> str:
        """Put something before the body that it carries."""
        case = self.poll()
        assert self.vote(case, "bea", "aye").result == "committed"
        assert self.close(case).result == "committed"
        return case

    def mail(self, case: str, name: str) -> Mail:
        """Return somebody's last mail about a case."""
        outbox = tables.outbox.c
        mine = outbox.case == case, outbox.person == self.person(name)
        query = select(outbox.key).where(*mine).order_by(outbox.queued_at.desc(), outbox.key.desc())
        with self.database.reading() as connection:
            found = load_mail(connection, connection.scalars(query).first() or "")
        assert found
        return found

    def link(self, case: str, name: str) -> LinkClaims:
        """Make the link of somebody's last mail."""
        assert self.link_key
        at = stamp(self.clock.now())
        with self.database.writing() as connection:
            made = mint(connection, self.link_key, self.mail(case, name), audience=URL, at=at)
            assert made
            supersede(connection, made.id, at)
        claims = read(made.token, self.link_key.public(), URL)
        assert claims
        return claims

    def by_link(
        self, claims: LinkClaims, outcome: str, auth: dict[str, Json] | None = None, **changes: Any
    ) -> CommitRequest:
        """Return the request of what is decided from a link; `auth` and `changes` forge it."""
        state = self.state(claims.case)
        step = self.definition(state.process).step(claims.step)
        request = self.act(
            claims.case,
            self.name(claims.person),
            "vote" if step.vote else "sign_off",
            step=claims.step,
            seat=claims.seat,
            outcome=outcome,
            values={"conflict": "none"} if step.vote else {},
        )
        own: dict[str, Json] = {
            "kind": MAIL_LINK,
            "link": claims.id,
            "mail": claims.mail,
            "at": stamp(self.clock.now()),
        }
        said = {key: value for key, value in {**own, **(auth or {})}.items() if value is not None}
        return self.signed_again(request, auth=said, **changes)

    def name(self, person: str) -> str:
        """Return somebody's first name."""
        found = next(one for one in self.founded.people if one.id == person)
        return found.name.split()[0].lower()

    def ask(self, claims: LinkClaims) -> str:
        """Ask for a new link by this one, as the web does; return the notice's key."""
        at = stamp(self.clock.now())
        instance = self.state(claims.case).steps[claims.step].instance
        asked = AskedLink(claims.person, claims.case, claims.step, instance, claims.id, claims.mail)
        with self.database.writing() as connection:
            return ask_for_link(connection, asked, at)

    def used_by(self, claims: LinkClaims) -> str | None:
        """Return the act that a link was used by."""
        with self.database.reading() as connection:
            found = find(connection, claims.id)
        assert found
        return found.used_by

    def refused(self, request: CommitRequest) -> str:
        """Send what must be refused and change nothing; return the refusal's code."""
        head = self.head(str(request.signed.act["case"]))
        reply = self.send(replace(request, head=head))
        assert reply.result == "refused", reply
        assert self.head(str(request.signed.act["case"])) == head
        return str((reply.refusal or {})["code"])

    def committed(self, request: CommitRequest) -> CommitReply:
        """Send what must be taken."""
        head = self.head(str(request.signed.act["case"]))
        reply = self.send(replace(request, head=head))
        assert reply.result == "committed", reply
        return reply


def mailed_desk(desk: Desk, key: SigningKey) -> MailedDesk:
    """Return such a desk in a community's store.

    Args:
        key: signs links.
    """
    with desk.database.writing() as connection:
        register_definition(connection, POLLING)
    made = MailedDesk(
        desk.database, desk.web_key, desk.worker_key, desk.clock, desk.founded, link_key=key
    )
    made.counter, made.log = desk.counter, desk.log
    return made
