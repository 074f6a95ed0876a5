"""Pages about people, teams and access lists, filled."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import request, url_for

from definitions.clock import parse
from definitions.organisation import AccessList, load_organisation
from store.absences import absences_of, away_until
from store.delivery import bounces_of
from store.directory import all_holders, people
from store.directory import person as person_of
from store.queries.community import Known
from store.queries.directory import (
    holdings_of,
    holdings_of_list,
    holdings_of_roles,
    on_lists,
    staffed,
)
from store.staffing import unfillable
from web.arguments import whole_number
from web.frame import frame
from web.page_models import (
    GroupLine,
    GroupPage,
    GroupsPage,
    Lack,
    Link,
    OnDate,
    PeoplePage,
    PersonLine,
    PersonPage,
)
from web.presenters.desk import unreached
from web.presenters.people import (
    Unit,
    View,
    absence_sentence,
    held,
    lacks_of,
    list_about,
    moment_of,
    on_date,
    own_lacks,
    unfillable_lacks,
    units,
)
from web.presenters.reader import Reader, role_title, section
from web.presenters.words import capital, counted, day, last_day
from web.reading import reader
from web.services import now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from definitions.exclusivity import Finding
    from store.directory import Person

_A_PAGE = 100


def _asked() -> str:
    return request.args.get("on", "").strip()[:20]


def _view(connection: Connection) -> View:
    who = reader(connection)
    at, _ = moment_of(_asked(), who.now)
    return View(who, at, away_until(connection, at))


def _on(search: str | None = None) -> OnDate:
    return on_date(request.path, _asked(), parse(now()), search)


def people_page(connection: Connection) -> PeoplePage:
    """Return everybody at the time that is asked for, or those whose name has some words in it."""
    view = _view(connection)
    search = " ".join(request.args.get("q", "").split())[:80]
    wanted = search.casefold()
    found = [one for one in people(connection, view.at) if wanted in one.name.casefold()]
    first = whole_number("from") or 0
    start = first if first < len(found) else 0
    shown = found[start : start + _A_PAGE]
    return PeoplePage(
        frame=frame(),
        sentence=_people_sentence(len(found), search),
        people=tuple(_person_line(view, one) for one in shown),
        on=_on(search),
        older_url=_further(search, start + _A_PAGE) if len(found) > start + _A_PAGE else "",
        newest_url=_further(search, 0) if start else "",
    )


def _people_sentence(count: int, search: str) -> str:
    if not search:
        return f"{capital(counted(count, 'person', 'people'))}."
    if not count:
        return f"Nobody's name has “{search}” in it."
    have = "has" if count == 1 else "have"
    return f"{capital(counted(count, 'person', 'people'))} {have} “{search}” in the name."


def _further(search: str, start: int) -> str:
    asked = {"q": search, "on": _asked(), "from": str(start) if start else ""}
    return f"{request.path}?{urlencode({name: value for name, value in asked.items() if value})}"


def _person_line(view: View, one: Person) -> PersonLine:
    until = view.away.get(one.id)
    return PersonLine(
        name=one.name,
        url=url_for("people.person", id_=one.id),
        roles=tuple(role_title(role) for role in one.roles if role != "member"),
        away=f"away until {last_day(until, view.reader.now)}" if until else "",
    )


def person_page(connection: Connection, known: Known) -> PersonPage:
    """Return somebody's page: what they hold, and their whole history."""
    view = _view(connection)
    found = holdings_of(connection, known.id)
    left = known.until is not None and known.until <= view.at
    own = known.id == view.reader.id
    current = [one for one in found if not left]
    return PersonPage(
        frame=frame(),
        name=known.name,
        own=own,
        now=held(view, [one for one in current if one.of == "role"], "now", named=False),
        lists=held(view, [one for one in current if one.of == "list"], "now", named=False),
        later=held(view, current, "later", named=False),
        ended=held(view, found, "ended", named=False),
        left=day(known.until, view.reader.now) if left and known.until else None,
        away=_away(connection, view, known),
        on=_on(),
        lacks=() if left else own_lacks(found, view.at),
        unreached=_unreached(connection, view.reader, known.id),
        links=(Link(label="Your sessions, absences and password", url="/me"),) if own else (),
    )


def _away(connection: Connection, view: View, known: Known) -> tuple[str, ...]:
    whose = "You" if known.id == view.reader.id else view.reader.short(known.id)
    found = absences_of(connection, known.id, view.at)
    if _asked():
        found = tuple(one for one in found if one.since <= view.at)
    return tuple(absence_sentence(one, parse(view.at), whose) for one in found)


def _unreached(connection: Connection, who: Reader, id_: str) -> str:
    """Return that mail doesn't reach somebody, to those who lead a team or sit on a body."""
    organisation = load_organisation()
    should_know = {team.leader for team in organisation.teams}
    should_know |= {body.member for body in organisation.bodies}
    found = person_of(connection, id_, now())
    if found is None or not should_know & who.roles:
        return ""
    return unreached(bounces_of(connection, found.addresses[:1]))


def teams_page(connection: Connection) -> GroupsPage:
    """Return all teams, groups and bodies, with what is wrong with how they are made up."""
    view = _view(connection)
    holders, findings = all_holders(connection, view.at), staffed(connection, view.at)
    lacking = unfillable(connection) if not _asked() else ()
    return GroupsPage(
        frame=frame(),
        here="teams",
        title="Teams",
        lead="Each team should have two members or more, and one of them leads it (9.1.2). "
        "Nobody joins or leads one but by a motion of the Board (9.1.5).",
        groups=tuple(
            GroupLine(
                title=unit.title,
                url=_of(f"/teams/{unit.id}"),
                about=_unit_words(view.reader, unit, holders),
                section=section(unit.policy),
                lacks=(
                    *lacks_of([one for one in findings if one.team == unit.id]),
                    *unfillable_lacks(lacking, unit.roles()),
                ),
            )
            for unit in units()
        ),
        on=_on(),
        lacks=_several(view, findings),
    )


def _several(view: View, findings: Iterable[Finding]) -> tuple[Lack, ...]:
    """Return who is active in several teams, by name (9.1.2)."""
    return tuple(
        Lack(
            sentence=f"{view.reader.community.name(one.people[0])}: {one.sentence}",
            section=section(one.section),
        )
        for one in findings
        if one.team is None and one.people
    )


def _unit_words(reader: Reader, unit: Unit, holders: Mapping[str, tuple[str, ...]]) -> str:
    in_it = {person for role in unit.roles() for person in holders.get(role, ())}
    told = capital(counted(len(in_it), "member"))
    if unit.leader is None:
        return f"{told}."
    leads = [reader.community.name(person) for person in holders.get(unit.leader, ())]
    return f"{told}; led by {' and '.join(leads) if leads else 'nobody'}."


def team_page(connection: Connection, unit: Unit) -> GroupPage:
    """Return a team, group or body."""
    view = _view(connection)
    found = holdings_of_roles(connection, unit.roles())
    leaders = [one.person for one in found if one.what == unit.leader and one.counts(view.at)]
    findings = [one for one in staffed(connection, view.at) if one.team == unit.id]
    lacking = unfillable(connection) if not _asked() else ()
    return GroupPage(
        frame=frame(),
        here="teams",
        title=unit.title if unit.kind == "body" else f"{unit.title} {unit.kind}",
        section=section(unit.policy),
        about=tuple(load_organisation().role(role).who_is["en"] for role in (unit.member,)),
        managers=view.reader.people(leaders),
        manages="Led by" if unit.leader else "",
        now=held(view, found, "now", named=True),
        later=held(view, found, "later", named=True),
        ended=held(view, found, "ended", named=True),
        lacks=(*lacks_of(findings), *unfillable_lacks(lacking, unit.roles())),
        on=_on(),
    )


def lists_page(connection: Connection) -> GroupsPage:
    """Return the access lists of the policy."""
    view = _view(connection)
    on = on_lists(connection, view.at)
    return GroupsPage(
        frame=frame(),
        here="lists",
        title="Access lists",
        lead="Who has which access (3.4.2). Nobody is put on a list but by a motion of the Board, "
        "and whoever leaves is taken off all of them at once.",
        groups=tuple(
            GroupLine(
                title=one.title["en"],
                url=_of(f"/lists/{one.id}"),
                about=f"{capital(counted(len(on[one.id]), 'person', 'people'))}; "
                f"managed by the {role_title(one.manager)}.",
                section=section(one.policy),
            )
            for one in load_organisation().access_lists
        ),
        on=_on(),
    )


def list_page(connection: Connection, one: AccessList) -> GroupPage:
    """Return an access list."""
    view = _view(connection)
    found = holdings_of_list(connection, one.id)
    managers = all_holders(connection, view.at).get(one.manager, ())
    return GroupPage(
        frame=frame(),
        here="lists",
        title=one.title["en"],
        section=section(one.policy),
        about=list_about(one),
        managers=view.reader.people(managers),
        manages="Managed by",
        now=held(view, found, "now", named=True),
        later=held(view, found, "later", named=True),
        ended=held(view, found, "ended", named=True),
        on=_on(),
    )


def _of(path: str) -> str:
    """Return an address that shows the same day as this page."""
    _, problem = moment_of(_asked(), parse(now()))
    return f"{path}?{urlencode({'on': _asked()})}" if _asked() and not problem else path
