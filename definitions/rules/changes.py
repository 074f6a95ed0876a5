"""What the rules answer when they don't refuse: the state after, and the mails that are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from definitions.canonical import Json
from definitions.catalogue import Effect, Recipient
from definitions.state import CaseState


@dataclass(frozen=True)
class MailDue:
    """A mail that an act causes; the commit finds the people and queues it.

    Attributes:
        key: unique among the mails of one entry.
        subject: by language, with placeholders such as `{number}`.
        text: likewise.
        step: the step that it is about, if it is about one.
        words: what the placeholders stand for, as far as the rules know; the store adds the
            opener's name.
        persons: ids of people whom it goes to as well, where no words of a definition name them.
        attach: what goes with it: `document` for the case as one; None for nothing.
    """

    key: str
    to: tuple[Recipient, ...]
    subject: Mapping[str, str]
    text: Mapping[str, str]
    step: str | None
    words: Mapping[str, str]
    persons: tuple[str, ...] = ()
    attach: str | None = None


@dataclass(frozen=True)
class DeedDue:
    """An effect other than a mail that an act causes; the commit does it in its transaction.

    Attributes:
        key: unique among the effects of one entry.
        effect: what the definition says.
        state: the state whose entering or leaving caused it.
        persons: the persons whom it is about, as ids.
        what: the role or list that it is about; `all`; None where a choice says nothing.
        authority: the number of the motion, ruling or case behind it.
        child: of an `open`: the id of the case to be opened.
        handed: of one that a ruling opens: what is in its form; else the effect says it.
    """

    key: str
    effect: Effect
    state: str
    persons: tuple[str, ...] = ()
    what: str | None = None
    authority: str = ""
    child: str | None = None
    handed: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What an accepted act changes.

    Attributes:
        state: the whole state after the act.
        mails: in the order in which they became due.
        happened: states entered by the act, in order; for the timeline and for tests.
        deeds: other effects, in the order in which they became due.
    """

    state: CaseState
    mails: tuple[MailDue, ...] = ()
    happened: tuple[str, ...] = field(default=())
    deeds: tuple[DeedDue, ...] = ()
