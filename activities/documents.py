"""What the mail activity needs to know of documents: their name, and their bytes.

Documents are composed elsewhere and handed in, since they say what the pages say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from store.mail import Mail


@dataclass(frozen=True)
class Attached:
    """A PDF that goes with a mail."""

    name: str
    content: bytes


Documents: TypeAlias = Callable[[Mail], Attached]
"""Makes the document of a mail that has one: its case, with what every Member may see."""


def no_documents(_mail: Mail) -> Attached:
    """Make none: where there is nobody who makes them.

    Raises:
        NotImplementedError: always; a mail that promises a document doesn't go without it.
    """
    raise NotImplementedError("Nobody here makes documents.")
