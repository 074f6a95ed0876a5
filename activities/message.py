"""The mail as it is sent: plain text first, the same as simple HTML, threaded by its case.

Links that sign are in the body only, after what they are about: never in the subject, and never
among the first words, which mail programs show in their lists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from activities.documents import Attached
from activities.settings import ActivitySettings
from definitions.clock import parse
from store.access.telling import PersonalMail
from store.mail import Mail

LINK_WORDS = (
    "You can sign from here. This link is for you alone and works once. Opening it signs "
    "nothing: its page shows what is to be decided, and asks; for some decisions you sign in "
    "first. Don't pass it on."
)
_ATTACHED = (
    "The case is attached as a PDF document, as it stood when this mail was sent. What not every "
    "Member may see isn't in it."
)
_ANSWERS = "This mail was written by a machine; nobody reads answers to it."


@dataclass(frozen=True)
class Section:
    """A part of a mail: a heading (empty for none), paragraphs, and the case that it is about."""

    heading: str
    paragraphs: tuple[str, ...]
    number: str = ""
    url: str = ""


def message(mail: Mail, settings: ActivitySettings, link: str | None = None) -> EmailMessage:
    """Return a single mail.

    Args:
        mail: from the outbox.
        link: the address of its signed link, if it has one.
    """
    made = _addressed(mail, settings, mail.subject, mail.queued_at, mail.key)
    thread = f"<case-{name_of(mail.case)}@{_domain(settings)}>"
    made["In-Reply-To"] = thread
    made["References"] = thread
    if mail.person is None:
        made["List-Id"] = f"{_phrase(mail.to_name)} <{mail.to_address.replace('@', '.')}>"
    _fill(made, settings, [_section(mail, settings)], link, to_person=mail.person is not None)
    return made


def digest(mails: Sequence[Mail], key: str, at: str, settings: ActivitySettings) -> EmailMessage:
    """Return a daily mail that holds others, none of which has a link.

    Args:
        mails: one person's, the oldest first; at least one.
        key: of the daily mail; the same for the same day.
        at: when it is made, as a stamp.
    """
    count = f"{len(mails)} message{'s' if len(mails) > 1 else ''}"
    subject = f"{settings.organisation}: {count} until {at[:10]}"
    made = _addressed(mails[-1], settings, subject, at, key)
    sections = [_section(mail, settings, mail.subject) for mail in mails]
    _fill(made, settings, sections, None, to_person=True)
    return made


def personal(mail: PersonalMail, settings: ActivitySettings) -> EmailMessage:
    """Return a mail about somebody's own access; it belongs to no case and no thread."""
    subject = f"{settings.organisation}: {mail.subject}"
    made = _addressed(mail, settings, subject, mail.queued_at, mail.key)
    section = Section("", tuple(mail.body.split("\n\n")))
    _fill(made, settings, [section], None, to_person=True)
    return made


def attach(made: EmailMessage, papers: Sequence[Attached]) -> None:
    """Put documents with a mail."""
    for paper in papers:
        made.add_attachment(
            paper.content, maintype="application", subtype="pdf", filename=paper.name
        )


def name_of(key: str) -> str:
    """Return a name for files and headers; keys hold characters that neither likes."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _addressed(
    mail: Mail | PersonalMail, settings: ActivitySettings, subject: str, at: str, key: str
) -> EmailMessage:
    made = EmailMessage()
    made["From"] = settings.sender
    made["To"] = f"{_phrase(mail.to_name)} <{mail.to_address}>"
    made["Subject"] = _line(subject)
    made["Date"] = format_datetime(parse(at))
    made["Message-ID"] = f"<{name_of(key)}@{_domain(settings)}>"
    # RFC 3834: so that absence notes and other machines don't answer.
    made["Auto-Submitted"] = "auto-generated"
    return made


def _section(mail: Mail, settings: ActivitySettings, heading: str = "") -> Section:
    paragraphs = tuple(part.strip() for part in mail.body.split("\n\n") if part.strip())
    if mail.attach is not None:
        paragraphs = (*paragraphs, _ATTACHED)
    url = f"{settings.public_url}/cases/{mail.number}" if mail.number else ""
    return Section(_line(heading), paragraphs, mail.number, url)


def _fill(
    made: EmailMessage,
    settings: ActivitySettings,
    sections: Sequence[Section],
    link: str | None,
    *,
    to_person: bool,
) -> None:
    choice = f"{settings.public_url}/me" if to_person else ""
    made.set_content("\n".join(_lines(settings, sections, link, choice)) + "\n")
    html = _template().render(
        subject=made["Subject"],
        sections=sections,
        link=link,
        link_words=LINK_WORDS,
        public_url=settings.public_url,
        organisation=settings.organisation,
        answers=_ANSWERS,
        choice=choice,
    )
    made.add_alternative(html, subtype="html")


def _lines(
    settings: ActivitySettings, sections: Sequence[Section], link: str | None, choice: str
) -> list[str]:
    lines: list[str] = []
    for section in sections:
        if section.heading:
            lines += [section.heading, "-" * min(len(section.heading), 70), ""]
        for paragraph in section.paragraphs:
            lines += [paragraph, ""]
        if section.url:
            lines += [f"Case {section.number}: {section.url}", ""]
    if link:
        lines += [LINK_WORDS, "", link, ""]
    lines += [f"Your inbox: {settings.public_url}", ""]
    # The line that mail programs take for the beginning of a signature (RFC 3676, 4.3).
    lines += ["-- ", settings.organisation, _ANSWERS]
    if choice:
        lines.append(f"Single mails, or one a day: {choice}")
    return lines


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("activities"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html.j2")


def _domain(settings: ActivitySettings) -> str:
    return settings.sender.rpartition("@")[2]


def _line(text: str) -> str:
    """Return the text on one line: a header is one."""
    return " ".join(text.split())


def _phrase(name: str) -> str:
    return '"' + _line(name).replace("\\", "").replace('"', "'") + '"'
