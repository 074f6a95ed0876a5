"""Who is in the stories of people who come and go, and what they do in several of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final, TypeAlias

from definitions.canonical import Json
from store.mail_entries import MAIL, links_of
from store.notices import AskedLink, ask_for_link
from store.record.reading import stored_entries
from store.streams import read_entry
from tests.support.cases import acts_of
from tests.support.eventually import until
from tests.support.house import COMMUNITY as HOUSE
from tests.support.house import House
from workflows import names

Told: TypeAlias = Mapping[str, str]
"""The cases whose histories a story keeps, by what is added to its name."""
PeopleStory: TypeAlias = Callable[[House], Awaitable[Told]]
OWN: Final = ""
"""The case that the story is about: its history has the story's name."""
VOTING: Final = "voting"
_VOTE: Final = timedelta(days=3, minutes=1)

COMMUNITY: Final = f"""{HOUSE.rstrip()}
Dee Board, dee@example.org, board-member systems-administrator, , en
Lea Leader, lea@example.org, software-assessor, software-assessment, en
"""
"""With a member of the Board who is active in an area, and a second team's leader."""


async def does(
    house: House,
    case: str,
    who: str,
    kind: str,
    /,
    step: str | None = None,
    *,
    seat: str | None = None,
    outcome: str | None = None,
    on_behalf: str | None = None,
    **values: Json,
) -> None:
    """Act, and expect that it is accepted."""
    given: dict[str, Json] = {"step": step, "seat": seat, "outcome": outcome}
    person = house.person(on_behalf) if on_behalf else None
    acts = house.case(case).do(who, kind, **given, on_behalf=person, values=values)
    result = await acts
    assert result.accepted, result.refusal


async def says(house: House, case: str, who: str, *lines: str) -> None:
    """Comment, once for each line."""
    for line in lines:
        await does(house, case, who, "comment", comment=line)


async def votes(house: House, motion: str, who: str, choice: str) -> None:
    """Vote, declaring that one has no conflict of interest."""
    await does(house, motion, who, "vote", VOTING, seat="board", outcome=choice, conflict="none")


async def asks_for_link(house: House, case: str, who: str, step: str) -> None:
    """Ask for a new link, on the page of an earlier one; wait until the case has sent it."""
    engine, state = house.engine, house.state(case)
    instance = state.steps[step].instance
    with engine.database.reading() as connection:
        mails = [row for row in stored_entries(connection, case) if row.kind == MAIL]
    person = house.person(who)
    brought = [m.act_id for m in mails if person in links_of(read_entry(m.text).facts)][-1]
    asked = AskedLink(person, case, step, instance, link="0" * 64, mail=brought)
    with engine.database.writing() as connection:
        key = ask_for_link(connection, asked, house.now())
    await house.case(case).handle.signal(names.SIGNAL_LOOK)
    await until(lambda: key in acts_of(engine.database, case))


async def resigns(house: House, who: str) -> str:
    """Leave everything; return the case that it is."""
    return await house.open(
        "termination",
        who,
        subject=house.person(who),
        trigger="resignation",
        reason="I move abroad.",
        area="none",
    )


async def closes(house: House, motion: str, end: str) -> None:
    """Let the time of a vote pass, and expect how it ends."""
    await house.pass_time(motion, _VOTE)
    await house.stands(motion, end)


async def both_carried(house: House, first: str, second: str) -> None:
    """Let the Board carry two motions at the same time, and close the one before the other."""
    for motion in (first, second):
        for who in ("ann", "ben"):
            await votes(house, motion, who, "aye")
    for motion in (first, second):
        await closes(house, motion, "carried")


async def is_lost(house: House, motion: str) -> None:
    for who in ("ann", "ben"):
        await votes(house, motion, who, "naye")
    await closes(house, motion, "lost")


async def reminded(house: House, case: str, step: str, length: timedelta) -> None:
    """Let time pass until somebody was reminded of a step."""
    before = house.state(case).steps[step].reminders
    await house.pass_time(case, length)
    await until(lambda: house.state(case).steps[step].reminders != before)


async def overdue(house: House, case: str, step: str, length: timedelta) -> None:
    """Let time pass until a step is overdue, that doesn't end by that."""
    await house.pass_time(case, length)
    await until(lambda: house.state(case).steps[step].overdue)


async def child_again(house: House, case: str, name: str, n: int) -> str:
    """Return the id of the n-th case that was opened under that name, once it runs."""
    await until(lambda: house.state(case).children[name].n == n)
    return await house.child(case, name)


async def is_nobody(house: House, check: str) -> None:
    """Let the only Case Manager decline a check: nobody is left to be drawn."""
    await house.drawn(check, "arbitrator")
    assert await house.drawn(check, "case_manager") == "cam"
    away = "I am away for a year."
    await does(house, check, "cam", "decline", "acceptance", seat="case_manager", comment=away)
    await house.stands(check, "unassigned")
