"""Choosing a password: what it must be, and what follows when it is set."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from zxcvbn import zxcvbn

from definitions.clock import parse
from store.access.passwords import password_of, set_password
from store.access.sessions import end_sessions_of
from store.access.telling import PASSWORD_SET, tell
from store.directory import person as person_of
from web.access.signing_in import LINK, Begun, begin
from web.errors import log_access
from web.page_models import Problem
from web.services import now, passwords, services, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from web.current import Person

_LONGEST = 1000
_SHORTEST_WORD = 4


def must_say_current(person: Person) -> bool:
    """Say whether one must give the password that holds now to choose another.

    Not without one, and not right after signing in by a link: that is the way for those who
    forgot theirs.
    """
    if not person.has_password:
        return False
    since = parse(now()) - parse(str(person.auth["at"]))
    fresh = since <= timedelta(minutes=settings().fresh_minutes)
    return not (person.auth.get("kind") == LINK and fresh)


def problems_with(person: Person, new: str, again: str) -> tuple[Problem, ...]:
    """Return what is wrong with a new password, each as a sentence."""
    return tuple(_problems(person, new, again))


def current_is_right(person: Person, typed: str) -> bool:
    """Say whether this is the person's password now."""
    with services().database.reading() as connection:
        encoded = password_of(connection, person.id)
    return passwords().matches(encoded, typed)


def choose(person: Person, new: str) -> Begun:
    """Set the password, end all other sessions, and go on in a fresh one."""
    encoded = passwords().hash(new)
    with services().database.writing() as connection:
        set_password(connection, person.id, encoded, now())
        ended = end_sessions_of(connection, person.id)
        session = begin(connection, person.id, person.auth)
        tell(connection, person.id, PASSWORD_SET, now())
    log_access("password-set", person.id, sessions=ended)
    return Begun(person.id, session, encoded)


_JUDGED: Final = 72
"""So much of a password is judged: more takes long, and what begins so well is good enough."""
_GOOD_ENOUGH: Final = 3
"""Of 4: "safely unguessable", for whoever has got hold of its hash, too (zxcvbn)."""


def _problems(person: Person, new: str, again: str) -> Iterator[Problem]:
    shortest = settings().password_min_length
    if len(new) < shortest:
        yield Problem(
            field="password",
            sentence=f"A password has at least {shortest} characters; this one has {len(new)}.",
        )
    elif len(new) > _LONGEST:
        yield Problem(field="password", sentence=f"A password has at most {_LONGEST:,} characters.")
    elif len(set(new)) < shortest // 3 or any(word in new.lower() for word in _own_words(person)):
        yield Problem(
            field="password",
            sentence="This is too easy to guess: leave out your name and your addresses, "
            "and don't repeat one character.",
        )
    elif zxcvbn(new[:_JUDGED], max_length=_JUDGED)["score"] < _GOOD_ENOUGH:
        yield Problem(
            field="password",
            sentence="This is too easy to guess: it is among the commonest passwords, or made of "
            "little else. Take several words that have nothing to do with one another.",
        )
    if new != again:
        yield Problem(field="again", sentence="The two aren't the same: type it once more.")


def _own_words(person: Person) -> set[str]:
    with services().database.reading() as connection:
        known = person_of(connection, person.id, now())
    own = {person.name.lower(), *re.split(r"\W+", person.name.lower())}
    for address in known.addresses if known else ():
        own |= {address, address.partition("@")[0]}
    return {word for word in own if len(word) >= _SHORTEST_WORD}
