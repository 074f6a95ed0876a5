"""Rate limits: how often somebody may try, counted in the database under keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from typing import TYPE_CHECKING, TypeAlias

from flask import request

from definitions.refusals import Refusal
from store.access.limits import RateLimit, take
from web.refused import Refused
from web.services import now, services, settings
from web.words import span_of_seconds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.current import Person

_Try: TypeAlias = tuple[str, str, RateLimit]
"""What is counted: of which kind, of whom or what, and how often it may be."""

_NEW_LINKS = (RateLimit(1, 600), RateLimit(10, 24 * 3600))
"""How often a new link for one step can be sent to one person: mail that isn't lost is there within
ten minutes, and whoever lost ten of a day won't be helped by more."""


def limit_password(address: str, device: str) -> None:
    """Count a try to sign in with a password: of a known device by itself, else of strangers.

    Strangers are counted by the address typed and by client. They can use up one another's tries,
    but not those of a device on which that person has signed in before.

    Args:
        device: The id of such a device, "" for none.

    Raises:
        Refused: There were too many tries.
    """
    if device:
        _hold_tries(("sign-in-device", device, settings().sign_in_by_address))
        return
    typed = address.strip().lower()
    _hold_tries(_of_client(), ("sign-in-address", typed, settings().sign_in_by_address))


def limit_current_password(person: Person) -> None:
    """Count that somebody who is signed in says which password they have.

    Raises:
        Refused: There were too many tries.
    """
    _hold_tries(("current-password", person.id, settings().sign_in_by_address))


def limit_bad_links() -> None:
    """Count a try with a link that isn't good; one that is good passes, whoever tried before.

    Raises:
        Refused: There were too many tries.
    """
    _hold_tries(_of_client())


def _of_client() -> _Try:
    client = network_of(request.remote_addr or "")
    return ("sign-in-client", client, settings().sign_in_by_client)


def network_of(client: str) -> str:
    """Return what one client is counted as: of IPv6 its /64, of which each has all addresses."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(address), 64), strict=False))


def _hold_tries(*tries: _Try) -> None:
    """Count a try as each of these, until one has none left: who has none uses up no other's."""
    with services().database.writing() as connection:
        wait = next(filter(None, (_take(connection, *one) for one in tries)), 0)
    _hold(wait, "Too many tries to sign in.")


def limit_acts(connection: Connection, person: Person) -> None:
    """Count an act of a person, in the transaction that keeps the act.

    Raises:
        Refused: They sent too many; the transaction must then be dropped.
    """
    wait = _take(connection, "act", person.id, settings().acts_by_person)
    _hold(wait, "Too many acts at once.")


def limit_new_links(connection: Connection, *about: str) -> None:
    """Count that a new link is asked for, in the transaction that keeps the wish.

    Whoever finds a dead link of somebody's can press its button as often as they like; the mails
    that come of it must not fill that person's mailbox, nor the case's record.

    Args:
        about: whose link, in which case, for which step.

    Raises:
        Refused: One was asked for a moment ago, or too many today.
    """
    what = "\n".join(about)
    wait = max(_take(connection, f"new-link-{one.seconds}", what, one) for one in _NEW_LINKS)
    if wait:
        raise _refused(
            "A new link was asked for here a short while ago, and is on its way. "
            "Nothing was sent now.",
            f"Look into your mail, also where unwanted mail goes; or wait {span_of_seconds(wait)}, "
            "then ask again.",
            "A new link was sent already.",
            wait,
        )


def _take(connection: Connection, kind: str, what: str, limit: RateLimit) -> int:
    text = f"countersign-limit/1\n{kind}\n{what}".encode()
    key = hmac.new(settings().secret_key, text, hashlib.sha256).hexdigest()
    return take(connection, key, limit, now())


def _hold(wait: int, heading: str) -> None:
    if wait:
        sentence = "That was tried too often in a short time. Nothing was done."
        remedy = f"Wait {span_of_seconds(wait)}, then try again."
        raise _refused(sentence, remedy, heading, wait)


def _refused(sentence: str, remedy: str, heading: str, wait: int) -> Refused:
    refusal = Refusal(code="too-many", sentence=sentence, remedy=remedy)
    return Refused(refusal, 429, heading=heading, retry_after=wait)
