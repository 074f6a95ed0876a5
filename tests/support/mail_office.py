"""A whole stack that sends its mail over a real mail server, and members of the Board who vote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from definitions.acts import Entry
from definitions.clock import stamp
from store import tables
from store.directory import person as member
from store.directory import person_by_address
from store.queries.cases import CaseRow, find_case
from store.streams import read_entry
from tests.support.eventually import eventually
from tests.support.letters import Browser, Letterbox
from tests.support.mail_server import HOST, mail_server
from tests.support.stack import Stack
from worker.record_commands import verify

RUTH, ANSELM, MIREILLE, TEVITA, ZBIGNA = BOARD = tuple(
    f"{name}@example.org"
    for name in (
        "ruth.silberquell",
        "anselm.vogelsanger",
        "mireille.castagnol",
        "tevita.faleolo",
        "zbigna.horakowska",
    )
)
_SWEEPS = 20
AYE = {"conflict": "none", "choice": "aye"}
NAYE = {"conflict": "none", "choice": "naye"}
HOUSE_RULE = """\
process: house-rule
title: {en: Rule of the house}
summary: {en: "A member of the Board drafts a rule and puts it to the vote; it can be amended."}
policy: ["9.1.5"]
number: h
rules: 1
start:
  roles: [board-member]
  policy: "9.1.5"
  fields:
    rule: {type: text, title: {en: Rule}, required: true}
machine:
  initial: drafting
  states:
    drafting: {on: {was_put: voting, lapsed: lost}}
    voting: {on: {was_carried: carried, was_lost: lost, was_inquorate: inquorate}}
    carried: {title: {en: Carried}, final: true, outcome: good}
    lost: {title: {en: Lost}, final: true, outcome: bad}
    inquorate: {title: {en: Without a quorum}, final: true, outcome: bad}
steps:
  drafting:
    title: {en: Put it to the vote}
    policy: "9.1.5"
    seats: {drafter: {title: {en: drafter}, person: opener}}
    outcomes: {put: {title: {en: Put it}, event: was_put}}
    covers: {fields: []}
    deadline: {after: P90D, event: lapsed}
  voting:
    title: {en: Vote on the rule}
    policy: "9.1.5"
    seats: {board: {title: {en: member of the Board}, body: board, link: true}}
    vote: {}
    outcomes:
      carried: {event: was_carried}
      lost: {event: was_lost}
      inquorate: {event: was_inquorate}
    deadline: {after: P30D}
amend: {people: [opener], fields: [rule], during: [voting]}
effects:
  - leave: drafting
    mail:
      to: [{seats: voting}]
      subject: {en: "{number}: your vote is asked for"}
      text: {en: "{title}, {number}, drafted by {opener}, is open for votes until {due}."}
"""
"""A vote whose papers can be amended: mail goes out when it is put, and not when it is amended."""
STANDING_DOWN = """\
process: standing-down
title: {en: Standing down}
summary: {en: "A member of the Board leaves it, by the association's rules."}
policy: ["9.1.1"]
number: z
rules: 1
start:
  roles: [board-member]
  policy: "9.1.1"
  fields:
    subject: {type: person, title: {en: Member of the Board}, required: true}
people:
  subject: {from: subject, title: {en: Member of the Board}, policy: "9.1.1"}
machine:
  initial: noting
  states:
    noting: {on: {was_noted: noted}}
    noted: {title: {en: Noted}, final: true, outcome: good}
steps:
  noting:
    title: {en: Note it}
    policy: "9.1.1"
    seats: {scribe: {title: {en: scribe}, role: board-member}}
    outcomes: {noted: {title: {en: Noted}, event: was_noted}}
    covers: {fields: []}
    deadline: {after: P7D, tell: [{list: board-list}]}
effects:
  - enter: noting
    end: {person: subject, role: board-member, authority: case}
"""
"""How somebody leaves the Board: a termination of staff (9.1.7) ends no seat there."""


@dataclass
class MailOffice:
    """The stack, what its mail server took, and the browsers of those who are signed in."""

    stack: Stack
    box: Letterbox
    browsers: dict[str, Browser] = field(default_factory=dict)
    strangers: list[Browser] = field(default_factory=list)

    def as_(self, address: str) -> Browser:
        """Return the browser of somebody who is signed in."""
        if address not in self.browsers:
            browser = Browser(self.stack.url)
            browser.sign_in(self.stack.sign_in_link(address))
            self.browsers[address] = browser
        return self.browsers[address]

    def stranger(self) -> Browser:
        """Return a new browser in which nobody is signed in."""
        self.strangers.append(Browser(self.stack.url))
        return self.strangers[-1]

    def open(self, address: str, process: str, typed: Mapping[str, str]) -> str:
        """Open a case over its pages; return its number."""
        browser, path = self.as_(address), f"/open/{process}"
        form = browser.form(path, path)
        check = browser.send(form, {**typed, "step": "check"})
        form = browser.read(check).form(path) or form
        answer = browser.send(form, {"step": "open"})
        assert "The case is open." in browser.read(answer).text
        query = select(tables.cases.c.number).where(tables.cases.c.process == process)
        with self.stack.database().reading() as connection:
            return str(connection.scalars(query.order_by(tables.cases.c.opened_at)).all()[-1])

    def act(self, address: str, path: str, typed: Mapping[str, str]) -> None:
        """Fill in the form of a page and send it."""
        browser = self.as_(address)
        answer = browser.send(browser.form(path, path), typed)
        assert answer.is_success, browser.read(answer).text

    def person(self, address: str) -> str:
        """Return the id of whoever has this address."""
        with self.stack.database().reading() as connection:
            found = person_by_address(connection, address)
        assert found
        return found

    def address_of(self, person: str) -> str:
        """Return the address that somebody's mail goes to."""
        with self.stack.database().reading() as connection:
            found = member(connection, person, stamp(self.stack.clock.now()))
        assert found
        return found.addresses[0]

    def case(self, number: str) -> CaseRow:
        """Return a case as it is stored."""
        with self.stack.database().reading() as connection:
            found = find_case(connection, number)
        assert found
        return found

    def entries(self, number: str) -> list[Entry]:
        """Return a case's entries."""
        entries, case = tables.entries.c, self.case(number).case
        query = select(entries.text).where(entries.stream == case).order_by(entries.seq)
        with self.stack.database().reading() as connection:
            return [read_entry(text) for text in connection.scalars(query)]

    def votes(self, number: str, step: str = "voting") -> list[str]:
        """Return what was voted, in order."""
        return [vote.choice for vote in self.case(number).state.votes[step].votes]

    def everything(self) -> dict[str, list[str]]:
        """Return all that the database holds, by table."""
        with self.stack.database().reading() as connection:
            return {
                table.name: [str(tuple(row)) for row in connection.execute(select(table))]
                for table in tables.metadata.sorted_tables
            }

    def quiet(self) -> dict[str, list[str]]:
        """Wait until nothing is written any more, and return all that the database holds.

        Two sweeps have then passed over it, and found nothing to do.
        """
        for _ in range(_SWEEPS):
            before, swept = self.everything(), self._sweeps()
            eventually(partial(self._swept, swept + 2))
            if self.everything() == before:
                return before
        raise AssertionError("something is written again and again")

    def _sweeps(self) -> int:
        return self.stack.log("worker").count(" swept: ")

    def _swept(self, times: int) -> bool:
        return self._sweeps() >= times

    def pass_time(self, **length: float) -> None:
        """Let time pass for all; whoever was signed in for too long signs in again."""
        asyncio.run(self.stack.advance(timedelta(**length)))
        for browser in self.browsers.values():
            browser.close()
        self.browsers.clear()

    def verified(self) -> dict[str, Any]:
        """Return what `record verify` finds, open cases asked."""
        return dict(asyncio.run(verify(self.stack.settings, ask_cases=True)))

    def close(self) -> None:
        """Close all browsers."""
        for browser in (*self.browsers.values(), *self.strangers):
            browser.close()


@contextmanager
def mail_office(folder: Path) -> Iterator[MailOffice]:
    """Run the stack with the sample community, a mail server, and definitions of its own."""
    (folder / "definitions").mkdir(parents=True)
    for name, text in {"house-rule": HOUSE_RULE, "standing-down": STANDING_DOWN}.items():
        (folder / "definitions" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with mail_server() as server:
        own = {
            "COUNTERSIGN_MAIL_HOST": HOST,
            "COUNTERSIGN_MAIL_PORT": str(server.port),
            "COUNTERSIGN_MAIL_TLS": "none",
            "COUNTERSIGN_MAIL_SENDER": "countersign@example.org",
            "COUNTERSIGN_DEFINITIONS_FOLDERS": str(folder / "definitions"),
        }
        with Stack(folder / "data", own) as stack:
            office = MailOffice(stack, Letterbox(server))
            try:
                yield office
            finally:
                office.close()
