"""Effects: when they happen, whom mails go to, and what their words may name."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping

from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.model import Recipient
from definitions.reading import KeyPath

PLACEHOLDERS = ("number", "title", "state", "step", "outcome", "due", "opener")
"""What the words of a mail may name; none of it is ever confidential."""

OF_REPEATS = ("count", "earlier")
"""What those of a mail may name besides that goes out because cases repeat."""


def check_effects(context: Context) -> Iterator[DefinitionError]:
    """Check every effect, and whom deadlines tell."""
    for index, effect in enumerate(context.body.effects):
        path: KeyPath = ("effects", index)
        for when, state in (("enter", effect.enter), ("leave", effect.leave)):
            if state is not None:
                yield from context.unknown_state((*path, when), state)
        if effect.mail is None:
            continue
        mail: KeyPath = (*path, "mail")
        yield from check_recipients(context, effect.mail.to, (*mail, "to"))
        known = (*PLACEHOLDERS, *OF_REPEATS) if effect.repeated else PLACEHOLDERS
        yield from check_placeholders(context, effect.mail.subject, (*mail, "subject"), known)
        yield from check_placeholders(context, effect.mail.text, (*mail, "text"), known)
        if effect.mail.attach is not None and context.body.privacy.case is not None:
            yield context.error(
                (*mail, "attach"),
                "Not everybody may see this case, and a document that goes out with a mail holds "
                "only what everybody may.",
                "Leave out attach: the mail links to the case's page, where each sees what they "
                "may.",
            )
    for name, step in context.body.steps.items():
        if step.deadline is not None:
            path = ("steps", name, "deadline", "tell")
            yield from check_recipients(context, step.deadline.tell, path)


def check_recipients(
    context: Context, recipients: tuple[Recipient, ...], path: KeyPath
) -> Iterator[DefinitionError]:
    """Check that each recipient of a mail is known."""
    for index, recipient in enumerate(recipients):
        here = (*path, index)
        if recipient.role is not None:
            yield from context.unknown_role((*here, "role"), recipient.role)
        if recipient.list is not None:
            known = context.lists()
            yield from context.unknown((*here, "list"), "mailing list", recipient.list, known)
        if recipient.person is not None:
            yield from context.unknown_person((*here, "person"), recipient.person)
        if recipient.signers is not None:
            yield from context.unknown_step((*here, "signers"), recipient.signers)
        if recipient.seats is not None:
            yield from context.unknown_step((*here, "seats"), recipient.seats)


def check_placeholders(
    context: Context,
    text: Mapping[str, str],
    path: KeyPath,
    known: tuple[str, ...] = PLACEHOLDERS,
) -> Iterator[DefinitionError]:
    """Check that words name only what they may name."""
    for language, words in text.items():
        here = (*path, language)
        try:
            named = [name for _, name, _, _ in string.Formatter().parse(words) if name is not None]
        except ValueError:
            yield context.error(
                here,
                "The braces in these words don't match.",
                "Write {number} for the case's number, and so on; {{ and }} for braces.",
            )
            continue
        for name in named:
            yield from context.unknown(here, "placeholder", name, known)
