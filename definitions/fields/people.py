"""Who is named in a patch: strict reading of names and addresses.

Strict, because separation of duty (Policy 7.4) rests on it: where two readers could see two
different people in one line, the line is refused. What git would take for the address is always
among what is found here, or the file is refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from definitions.fields.errors import FieldError
from definitions.fields.headers import decode_words
from definitions.fields.record import Record
from definitions.fields.text import clean_text, cut, visible

MAX_NAME = 200
MAX_LINE = 1_000  # characters of a line that names people: bounds the time to read it, too
MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3 (a path of 256 with its brackets)

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BRACKETED = re.compile(r"([^<>]*)<([^<>]*)>")
_SPECIALS = re.compile(r'[,;:()\[\]\\"]')


@dataclass(frozen=True)
class Person(Record):
    """Somebody named in a patch.

    Attributes:
        name: The name shown, maybe empty; in normal form C, without hidden characters.
        address: The e-mail address in lower case.
    """

    name: str
    address: str


def read_address(text: str) -> str:
    """Return a single address in lower case.

    Raises:
        FieldError: It isn't a plain ASCII address, so that it could be taken for another.
    """
    if len(text) > MAX_ADDRESS or "=?" in text or not _ADDRESS.fullmatch(text):
        raise FieldError(
            f"The patch names somebody by “{_quote(text)}”, which isn't a plain e-mail address.",
            "Correct the author, committer or Co-authored-by line, and make the patch anew; "
            "write a domain with letters beyond ASCII in its xn-- form.",
        )
    return text.lower()


def read_author(value: str) -> Person:
    """Read a `From:` header: exactly one person, `Name <address>` or the bare address.

    Raises:
        FieldError: There is nobody, more than one, or a form that can be read in two ways.
    """
    match = _BRACKETED.fullmatch(value)
    if not match:
        return Person("", read_address(value))
    name = match[1].strip()
    quoted = _QUOTED.fullmatch(name)
    if not quoted and _SPECIALS.search(name):
        raise FieldError(
            f"The From header “{_quote(value)}” may name a group or several people.",
            "A patch has one author: correct it, and make the patch anew.",
        )
    return _person(re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else name, match[2])


def read_people(value: str) -> tuple[Person, ...]:
    """Read the people of a line in a message, such as `Co-authored-by:` has.

    Raises:
        FieldError: There is nobody, or a part of the line can't be read.
    """
    if len(value) > MAX_LINE:
        raise _unclear(value)
    if "<" not in value:
        return tuple(Person("", read_address(part.strip())) for part in value.split(","))
    people = [_person(m[1].strip(" \t,;").strip('"'), m[2]) for m in _BRACKETED.finditer(value)]
    rest = _BRACKETED.sub("", value)
    if not people or rest.strip(" \t,;."):
        raise _unclear(value)
    return tuple(people)


def _person(raw_name: str, raw_address: str) -> Person:
    address = read_address(raw_address)
    name = " ".join(clean_text(decode_words(raw_name), max_length=MAX_NAME).split())
    # An address hidden in the name is what git, or a reader, may take for the real one.
    folded = unicodedata.normalize("NFKC", name)
    if visible(name) != name or re.search("[<>]", folded):
        raise _ambiguous(name, address)
    if "@" in folded and folded.lower() != address:
        raise _ambiguous(name, address)
    return Person(name, address)


def _unclear(value: str) -> FieldError:
    return FieldError(
        f"The people in “{_quote(value)}” can't be read without doubt.",
        "Write each as `Name <address>`, one a line, and make the patch anew.",
    )


def _ambiguous(name: str, address: str) -> FieldError:
    return FieldError(
        f"The name “{_quote(name)}” beside {address} holds another address or hidden characters.",
        "Correct the name in git, and make the patch anew.",
    )


def _quote(text: str) -> str:
    return cut(visible(text), 80)
