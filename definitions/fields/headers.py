"""The headers of a patch's mail: RFC 2047 words, dates, and what may stand in them once."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime

from definitions.fields.mailbox import IN_UTF_8, Mail, not_a_patch

_WORD = re.compile(r"=\?([A-Za-z0-9_-]{1,20})\?([BbQq])\?([!->@-~]*)\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)[ \t]+(?==\?)")
_BAD_ESCAPE = re.compile(r"=(?![0-9A-Fa-f]{2})")
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
}
_CONTENT_TYPE = re.compile(
    r'text/plain((?:\s*;\s*(?:charset="?[A-Za-z0-9_-]+"?|format="?fixed"?))*)', re.IGNORECASE
)
_CHARSET = re.compile(r'charset="?([A-Za-z0-9_-]+)"?', re.IGNORECASE)
_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4})", re.ASCII
)
_ONCE = frozenset({
    "from", "sender", "subject", "date",
    "mime-version", "content-type", "content-transfer-encoding",
})  # fmt: skip


def header_values(mail: Mail) -> dict[str, str]:
    """Return the headers that may stand only once, by name in lower case.

    Raises:
        FieldError: One stands twice, one that is needed is missing, or one isn't UTF-8.
    """
    found: dict[str, str] = {}
    for name, value in mail.headers:
        if name in found:
            raise not_a_patch(f"mail {mail.number} has two {name.capitalize()} headers")
        if name in _ONCE:
            found[name] = header_text(mail, value)
    for name in ("from", "subject", "date"):
        if name not in found:
            raise not_a_patch(f"mail {mail.number} has no {name.capitalize()} header")
    return found


def header_text(mail: Mail, value: bytes) -> str:
    """Return a header's value as text.

    Raises:
        FieldError: It isn't UTF-8, or holds control characters.
    """
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_a_patch(f"a header of mail {mail.number} isn't UTF-8", IN_UTF_8) from error
    if re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f]", text):
        raise not_a_patch(f"a header of mail {mail.number} holds control characters")
    return text


def decode_words(text: str) -> str:
    """Return `text` with its encoded words decoded (RFC 2047), wherever they stand.

    git decodes them also where the standard wouldn't, so this does too.

    Raises:
        FieldError: A word is broken, or in a character set that isn't read here.
    """
    joined = _BETWEEN_WORDS.sub("", text)
    # Neighbours of one charset are decoded as one text: some writers cut letters in two.
    parts: list[tuple[bytes, str]] = []
    end = 0
    for match in _WORD.finditer(joined):
        charset = _charset(match[1])
        before = joined[end : match.start()]
        if before or not parts or parts[-1][1] != charset:
            parts += [(before.encode(), "utf-8"), (b"", charset)]
        parts[-1] = (parts[-1][0] + _word_bytes(match[2].upper(), match[3]), charset)
        end = match.end()
    parts.append((joined[end:].encode(), "utf-8"))
    try:
        decoded = "".join(raw.decode(charset) for raw, charset in parts)
    except UnicodeDecodeError as error:
        raise not_a_patch("an encoded word in it is broken") from error
    if "=?" in decoded:
        raise not_a_patch(
            "an encoded word in it is broken or hides another",
            "If the name or the subject in git holds `=?` itself, take that out of it; if not, "
            "take the file as git wrote it.",
        )
    return decoded


def _charset(name: str) -> str:
    if name.lower() not in _CHARSETS:
        raise not_a_patch(f"it uses the character set {name}", IN_UTF_8)
    return _CHARSETS[name.lower()]


def _word_bytes(encoding: str, text: str) -> bytes:
    if encoding == "B":
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise not_a_patch("an encoded word in it is broken") from error
    if _BAD_ESCAPE.search(text):
        raise not_a_patch("an encoded word in it is broken")
    return binascii.a2b_qp(text, header=True)


def content_charset(mail: Mail, headers: dict[str, str]) -> str:
    """Return the character set of the message, as Python names it.

    Raises:
        FieldError: The mail isn't plain text in a character set that extends ASCII.
    """
    value = headers.get("content-type", "text/plain; charset=utf-8")
    match = _CONTENT_TYPE.fullmatch(value)
    if not match:
        raise not_a_patch(
            f"mail {mail.number} isn't plain text but something else or in several parts",
            "Make it without `--attach` and `--inline`, and use the file itself, not a mail.",
        )
    names = _CHARSET.findall(match[1]) or ["utf-8"]
    if len(names) > 1:
        raise not_a_patch(f"mail {mail.number} names two character sets")
    return _charset(names[0])


def read_date(value: str) -> str:
    """Return the date of a mail (RFC 5322, 3.3) in ISO 8601, with its own offset from UTC.

    Raises:
        FieldError: It isn't such a date.
    """
    match = _DATE.fullmatch(value.strip())
    try:
        # Not strptime's month names: those follow the locale of the process.
        return _moment(match[1] if match else "").isoformat()
    except ValueError as error:
        raise not_a_patch("one of its dates can't be read") from error


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _moment(text: str) -> datetime:
    day, month, year, clock, offset = text.split(" ")
    number = _MONTHS.index(month) + 1
    return datetime.fromisoformat(
        f"{year}-{number:02}-{int(day):02}T{clock}{offset[:3]}:{offset[3:]}"
    )
