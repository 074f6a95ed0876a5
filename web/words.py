"""Words for pages: times relative to now, sections with their links, roles by name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from definitions.clock import parse
from definitions.organisation import load_organisation
from web.page_models import Moment
from web.services import now

if TYPE_CHECKING:
    from datetime import datetime

OPERATOR = "operator"
"""The role of who runs the machines; it isn't the policy's and has no rights in cases."""


def admitting_member() -> str:
    """Return the role of the members of the body that admits people: it sees what operators do."""
    organisation = load_organisation()
    if organisation.admission is None:
        return OPERATOR
    return organisation.body(organisation.admission.body).member


_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def moment(at: str, words: str = "") -> Moment:
    """Return a stamp as pages show it, relative to the time of this request."""
    time = parse(at)
    return Moment(at=time, words=words or relative(time, parse(now())))


def relative(at: datetime, to: datetime) -> str:
    """Return a time in words, such as `two hours ago` or `in 3 days`."""
    if abs(to - at) < _MINUTE:
        return "just now" if at <= to else "in less than a minute"
    return f"{span(to - at)} ago" if at < to else f"in {span(at - to)}"


def span(length: timedelta) -> str:
    """Return a length of time in its largest whole unit."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        number = length // unit
        if number:
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "less than a minute"


def role_title(role: str, language: str = "en") -> str:
    """Return what a role is called; its id, if the organisation doesn't know it."""
    organisation = load_organisation()
    if organisation.has_role(role):
        title = organisation.role(role).title
        return title.get(language) or title["en"]
    return role.replace("-", " ").capitalize()


def span_of_seconds(seconds: int) -> str:
    """Return how long to wait, rounded up to whole minutes where it is more than one."""
    if seconds < _MINUTE.total_seconds():
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return span(timedelta(minutes=-(-seconds // 60)))
