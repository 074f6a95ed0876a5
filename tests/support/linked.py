"""A house whose members vote from a link in a mail: what is queued, and links as the worker makes.

`mint` is what the mail activity does, so a link that it returns is a real one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from definitions.canonical import canonical
from definitions.catalogue import Effect
from definitions.clock import stamp
from definitions.rules import DeedDue
from store import tables
from store.access import case_links
from store.cases import register_definition
from store.deeds import do
from store.mail import Mail, load_mail
from store.signatures import SigningKey
from tests.support.acting import World
from tests.support.filled_form import filled_form
from tests.support.libraries import with_more
from tests.support.web import Visitor
from web.app import create_app

MOTION = """\
process: house-motion
title: {en: Motion of the house}
summary: {en: "Testers vote on a proposal."}
policy: ["9.1.5"]
number: w
rules: 1
start:
  roles: [member]
  fields:
    proposal: {type: text, title: {en: Proposal}, required: true}
    paper: {type: file, title: {en: Paper}, kinds: [text/plain], max: 1000}
machine:
  initial: voting
  states:
    voting: {on: {was_carried: carried, was_lost: lost, was_inquorate: inquorate}}
    carried: {title: {en: Carried}, final: true, outcome: good}
    lost: {title: {en: Lost}, final: true, outcome: bad}
    inquorate: {title: {en: Without a quorum}, final: true, outcome: bad}
steps:
  voting:
    title: {en: Vote on the motion}
    policy: "9.1.5"
    seats: {board: {title: {en: member of the Board}, body: board, link: true}}
    vote: {quorum: {share: 2/3}}
    outcomes:
      carried: {event: was_carried}
      lost: {event: was_lost}
      inquorate: {event: was_inquorate}
    deadline: {after: P30D}
amend: {people: [opener], fields: [proposal], during: [voting]}
effects:
  - enter: voting
    mail:
      to: [{seats: voting}]
      subject: {en: "{number}: your vote is asked for"}
      text: {en: "{title}, {number}, is open for votes until {due}."}
"""
BOARD = ("Rob", "Sue", "Tim")
AYE = {"conflict": "none", "choice": "aye"}
BOARD_MEMBER = "board-member"


@dataclass
class House:
    """An installation where members of the Board vote from mails.

    Attributes:
        key: signs the links.
    """

    world: World
    key: SigningKey

    def open(self, **typed: object) -> str:
        """Put a motion before the Board; return its number."""
        values: dict[str, object] = {"proposal": "To paint the house blue.", **typed}
        return self.world.open_case("Mia", "house-motion", values)

    def mails(self, who: str) -> list[Mail]:
        """Return somebody's mails with a link, in the order in which they were queued."""
        outbox = tables.outbox.c
        query = select(outbox.key).where(
            outbox.person == self.world.people[who], outbox.link.is_not(None)
        )
        with self.world.stack.database.reading() as connection:
            keys = connection.scalars(query.order_by(outbox.queued_at, outbox.key)).all()
            found = [load_mail(connection, key) for key in keys]
        return [mail for mail in found if mail]

    def mint(self, who: str, *, mail: Mail | None = None, **other: str) -> str:
        """Return the path of the link of somebody's last mail, made as the mail activity does."""
        path = self.try_mint(mail or self.mails(who)[-1], **other)
        assert path
        return path

    def try_mint(self, mail: Mail, **other: str) -> str | None:
        """Return the path of a mail's link, None if it gets none; `other` changes what it says."""
        assert mail.link
        about = canonical(json.loads(mail.link) | other).decode()
        stack = self.world.stack
        url, at = stack.settings.public_url, stamp(stack.clock.now())
        with stack.database.writing() as connection:
            made = case_links.mint(
                connection, self.key, replace(mail, link=about), audience=url, at=at
            )
            if made is not None:
                case_links.supersede(connection, made.id, at)
        return f"/link/{made.token}" if made else None

    def visitor(self) -> Visitor:
        """Return the browser of somebody who isn't signed in."""
        return self.world.stack.visitor()

    def everything(self) -> str:
        """Return a digest of everything in the database."""
        with self.world.stack.database.reading() as connection:
            rows = [
                [table.name, *(str(tuple(row)) for row in connection.execute(select(table)))]
                for table in tables.metadata.sorted_tables
            ]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def votes(self, number: str) -> tuple[str, ...]:
        """Return what was voted."""
        return tuple(vote.choice for vote in self.world.state(number).votes["voting"].votes)


def linked_house(world: World, folder: Path, text: str = MOTION) -> House:
    """Make the house: members of the Board, the definition, and a key for links."""
    key = SigningKey.create(folder / "link-signing.jwk")
    library = with_more(folder / "definitions", {"house-motion": text})
    with world.stack.database.writing() as connection:
        register_definition(connection, library.current("house-motion"))
        # As if a case had elected them, so that the directory's stream says it.
        grant = {"person": "elected", "role": BOARD_MEMBER, "authority": "case"}
        effect = Effect.model_validate({"enter": "elected", "grant": grant})
        members = tuple(world.people[name] for name in BOARD)
        due = DeedDue("elected-1", effect, "elected", members, BOARD_MEMBER, "m20260101.1")
        at = stamp(world.stack.clock.now())
        do(connection, "election", (due,), seq=1, at=at, worker_key=world.gateway.worker_key)
    services = replace(world.stack.services, library=library, link_key=key.public())
    world.stack.services = services
    world.stack.app = create_app(world.stack.settings, services)
    return House(world, key)


def filled(visitor: Visitor, path: str, **typed: object) -> dict[str, object]:
    """Return the form of a link's page as this visitor sends it."""
    return filled_form(visitor.get(path).text, path).send(**{**AYE, **typed})


def vote(visitor: Visitor, path: str, **typed: object) -> str:
    """Vote from a link; return what the page says then."""
    answer = visitor.post(path, filled(visitor, path, **typed))
    assert answer.status_code == 200, answer.text
    return answer.text
