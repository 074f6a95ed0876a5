"""People, teams and access lists: what holds, since when, by which motion or case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from definitions.clock import parse, stamp
from definitions.exclusivity import Finding, check_holdings
from definitions.organisation import AccessList, load_organisation
from store.absences import Absence
from store.founding_file import OPERATOR
from store.queries.directory import Behind, Holding
from store.staffing import Unfillable
from web.page_models import By, HeldLine, Lack, Link, OnDate
from web.presenters.reader import Reader, case_url, role_title, section
from web.presenters.words import day, last_day

_FIRST_DAY = date(1970, 1, 1)
"""Before that nothing was ever recorded, and times can't be written in the form that we compare."""


@dataclass(frozen=True)
class View:
    """How a page looks at the directory.

    Attributes:
        at: the time that it shows, a stamp.
        away: who is away at that time, and until when.
    """

    reader: Reader
    at: str
    away: Mapping[str, str]


@dataclass(frozen=True)
class Unit:
    """A team, group or body: whose members hold `member`, and whose leader, if any, `leader`."""

    id: str
    title: str
    kind: str
    policy: str
    member: str
    leader: str | None = None

    def roles(self) -> tuple[str, ...]:
        """Return the roles of who is in it, the leader's first."""
        return (self.leader, self.member) if self.leader else (self.member,)


def units() -> tuple[Unit, ...]:
    """Return teams, groups and bodies in the organisation's order."""
    known = load_organisation()
    teams = [
        Unit(one.id, one.title["en"], "team", one.policy, one.member, one.leader)
        for one in known.teams
    ]
    groups = [
        Unit(one.id, one.title["en"], "group", one.policy, one.member) for one in known.groups
    ]
    bodies = [Unit(one.id, one.title["en"], "body", one.policy, one.member) for one in known.bodies]
    return (*teams, *groups, *bodies)


def moment_of(on: str, now: datetime) -> tuple[str, str]:
    """Return the time that a page shows for a day that was asked for, and what is wrong with it.

    Args:
        on: as it stands in the address: ISO, or "" for now.
        now: the time of the request.
    """
    if not on:
        return stamp(now), ""
    try:
        asked = date.fromisoformat(on)
        end = datetime.combine(asked, time(), tzinfo=now.tzinfo) + timedelta(days=1)
    except (ValueError, OverflowError):
        asked = date.min
    if asked < _FIRST_DAY:
        return stamp(now), (
            f"“{on}” isn't a day: write it like 2026-11-23. This is how it stands now."
        )
    return (stamp(now) if asked == now.date() else stamp(end - timedelta(milliseconds=1))), ""


def on_date(action: str, on: str, now: datetime, search: str | None = None) -> OnDate:
    """Return the form for a day, with what the page says about the one that it shows."""
    at, problem = moment_of(on, now)
    if not on or problem:
        return OnDate(action=action, problem=problem, search=search)
    shown = f"{parse(at):%-d %B %Y}"
    words = f"As it stood at the end of {shown} (UTC)."
    if parse(at) > now:
        words = f"As it will stand at the end of {shown} (UTC), if nothing changes."
    return OnDate(action=action, value=on, words=words, search=search)


def held(view: View, found: Iterable[Holding], tense: str, *, named: bool) -> tuple[HeldLine, ...]:
    """Return holdings as lines: those that count (`now`), that begin `later`, or have `ended`.

    Args:
        named: whether each line says whose it is.
    """
    return tuple(
        _line(view, one, tense, named=named) for one in found if _tense(one, view.at) == tense
    )


def _tense(one: Holding, at: str) -> str:
    if one.counts(at):
        return "now"
    return "later" if one.since > at else "ended"


def _line(view: View, one: Holding, tense: str, *, named: bool) -> HeldLine:
    reader, now = view.reader, view.reader.now
    # What ended after the day that is shown isn't known there yet.
    ends = one.until if one.until and (one.ended is None or one.until <= view.at) else None
    until = view.away.get(one.person) if tense == "now" and named else None
    return HeldLine(
        who=reader.person(one.person) if named else None,
        what=what(one.of, one.what),
        since=day(one.since, now),
        by=by(one.began),
        until=day(ends, now) if ends else None,
        ended_by=by(one.ended) if one.ended and ends else None,
        tense=tense,
        away=f"away until {last_day(until, now)}" if until else "",
    )


def what(of: str, id_: str) -> Link:
    """Return a role with the page of its team, or an access list with its own."""
    if of == "list":
        known = next((one for one in load_organisation().access_lists if one.id == id_), None)
        return Link(label=known.title["en"] if known else id_, url=f"/lists/{id_}" if known else "")
    unit = next((one for one in units() if id_ in one.roles()), None)
    return Link(label=role_title(id_), url=f"/teams/{unit.id}" if unit else "")


def by(behind: Behind) -> By:
    """Return what made something so: the motion or ruling, and the case that carried it out."""
    case = None
    if behind.case and behind.case != behind.authority:
        case = Link(label=behind.case, url=case_url(behind.case))
    if not behind.authority:
        return By(words="the first directory" if not behind.case else "", case=case)
    kind = "motion " if behind.authority.startswith("m") else ""
    url = case_url(behind.authority) if behind.authority in behind.known else ""
    return By(words=kind, number=behind.authority, url=url, case=case)


def absence_sentence(one: Absence, now: datetime, whose: str) -> str:
    """Return an absence in words, such as `Dana is away until 3 December`."""
    last = last_day(one.until, now)
    first = day(one.since, now).words
    are = "are" if whose == "You" else "is"
    if parse(one.since) <= now:
        return f"{whose} {are} away until {last}."
    will = f"{whose} will be away"
    return f"{will} on {last}." if first == last else f"{will} from {first} to {last}."


def lacks_of(findings: Sequence[Finding]) -> tuple[Lack, ...]:
    """Return what the policy says of how a team is made up, or of what one person holds."""
    return tuple(
        Lack(sentence=one.sentence, section=section(one.section), remedy=_remedy(one))
        for one in findings
    )


def _remedy(finding: Finding) -> str:
    if "away" in finding.sentence:
        return "It mends itself when they are back."
    return "The Board admits people to roles (9.1.5)." if finding.team else ""


def unfillable_lacks(found: Iterable[Unfillable], roles: Iterable[str]) -> tuple[Lack, ...]:
    """Return the open steps that ask for one of these roles and can't be finished."""
    asked = set(roles)
    return tuple(
        Lack(
            sentence=one.sentence,
            remedy=one.remedy,
            case=Link(label=one.number, url=case_url(one.number)),
        )
        for one in found
        if asked & set(one.roles)
    )


def own_lacks(found: Sequence[Holding], at: str) -> tuple[Lack, ...]:
    """Return what the matrix says of the roles that somebody holds at that time (3.4.2, 9.1.2)."""
    known = load_organisation()
    held_now = {one.what for one in found if one.of == "role" and one.counts(at)}
    return lacks_of(check_holdings([r for r in held_now if r != OPERATOR and known.has_role(r)]))


def list_about(one: AccessList) -> tuple[str, ...]:
    """Return what an access list is for, in the policy's words."""
    told = [
        f"For {role_title(one.who, plural=True)}: {one.purpose['en']}.",
        f"In the policy's words: {one.relationship['en']}.",
    ]
    return tuple(told)
