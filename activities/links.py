"""What the mail activity needs to know of signed links: an address, and what became of its mail.

Links are made elsewhere and handed in, since this room holds no keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from store.mail import Mail


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Link:
    """The signed link of one attempt to deliver a mail.

    Attributes:
        address: what stands in the mail.
        sent: called once the mail has gone out: from then on earlier links are dead, not before.
        refused: called if it never will.
    """

    address: str
    sent: Callable[[], None] = _nothing
    refused: Callable[[], None] = _nothing


Links: TypeAlias = Callable[[Mail], Link | None]
"""Makes a mail's signed link, None if it has none; asked for each attempt."""


def no_link(_mail: Mail) -> None:
    """Make none: where there is nobody who makes them."""
