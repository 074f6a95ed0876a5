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

# Square brackets aren't RFC 5322's, but in the addresses that hosts give to programs; nor are the
# underscore of a domain, and the `(none)` that git writes where a machine has no domain.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\[\]-]+"
_QUOTED_LOCAL = r"\"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+\""
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_ADDRESS = re.compile(
    rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED_LOCAL})@{_LABEL}(?:\.{_LABEL})*(?:\.\(none\))?"
)
_BARE = re.compile(
    r"(?<![\w@/:.+-])[A-Za-z0-9_][A-Za-z0-9._%+=\[\]-]{0,63}@[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9_])?"
    r"(?![\w@/-])"
)
_POINTED = re.compile(r"<([^<>@\s]{1,200}@[^<>@\s]{1,253})>")
_NOTE = re.compile(r"\([^()<>@]*\)|\[[^\[\]<>@]*\]|\s#[^<>@]*$")
# What a sentence has before a name; only what follows the last of them is the name.
_BEFORE_NAME = re.compile(
    r"\b(?:author|by|from|to|with|and|of|for|wrote|thanks|via|is|was)\b|[:,;()\[\]|*=]",
    re.IGNORECASE,
)
# Somebody's handle, as in `Ana (@ana)` or `@ana@host`, isn't an address; these could be.
_LIKE_ADDRESS = re.compile(
    r"(?<![\w.!#$%&'*+/=?^`{|}~@-])[\w.!#$%&'*+/=?^`{|}~-]+@\s*[\w-]|\S\s+@\s*[\w-]+\.\w"
)
_JOINERS = "\u200c\u200d"
_JOINED = frozenset({"Lo", "Lm", "Mn", "Mc", "So", "Sk"})
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BRACKETED = re.compile(r"([^<>]*)<([^<>]*)>")
_SPECIALS = re.compile(r'[,;:\\"]')


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
    """Return a single address in lower case; a domain beyond ASCII in its `xn--` form.

    Raises:
        FieldError: It isn't a plain address, so that it could be taken for another.
    """
    plain = text if text.isascii() else _ascii_domain(text)
    if len(plain) > MAX_ADDRESS or "=?" in plain or not _ADDRESS.fullmatch(plain):
        raise FieldError(
            f"The patch names somebody by “{_quote(text)}”, which isn't a plain e-mail address.",
            "Correct the author, committer or Co-authored-by line, and make the patch anew; "
            "if its domain has letters beyond ASCII, write it in its xn-- form.",
        )
    return plain.lower()


def _ascii_domain(text: str) -> str:
    """Return an address with its domain in ASCII, if that says the same; else unchanged."""
    local, at, domain = text[: MAX_ADDRESS + 1].rpartition("@")
    try:
        coded = domain.encode("idna").decode("ascii")
        same = coded.encode("ascii").decode("idna") == unicodedata.normalize("NFC", domain).lower()
    except UnicodeError:
        return text
    # What the standard of 2003 folds away, as an eszett or a joiner, later ones tell apart.
    return local + at + coded if same else text


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
    return _person(_unquoted(name), match[2])


def read_people(value: str) -> tuple[Person, ...]:
    """Read the people of a line in a message, such as `Co-authored-by:` has.

    Raises:
        FieldError: There is nobody, or a part of the line can't be read.
    """
    if len(value) > MAX_LINE:
        raise _unclear(value)
    if "<" not in value:
        return tuple(Person("", read_address(part.strip())) for part in value.split(","))
    people = [_person(_unquoted(m[1].strip(" \t,;")), m[2]) for m in _BRACKETED.finditer(value)]
    rest = _NOTE.sub("", _BRACKETED.sub("", value))
    if not people or rest.strip(" \t,;."):
        raise _unclear(value)
    return tuple(people)


def find_people(text: str, *, bare: bool) -> tuple[Person, ...]:
    """Find people in a sentence: whoever stands there as `Name <address>`.

    Args:
        text: Any line.
        bare: Whether addresses without brackets are taken too.
    """
    found: list[Person] = []
    end = 0
    for match in _POINTED.finditer(text):
        before = text[max(end, match.start() - MAX_NAME) : match.start()]
        found += _found(_BEFORE_NAME.split(before)[-1], match[1])
        end = match.end()
    if bare:
        rest = _POINTED.sub(" ", text)
        found += [person for match in _BARE.finditer(rest) for person in _found("", match[0])]
    return tuple(found)


def only_addresses(text: str) -> bool:
    """Say whether a text is one bare address or several, and nothing else."""
    return bool(_BARE.search(text)) and not _BARE.sub("", text).strip(" \t,;.")


def _found(name: str, address: str) -> tuple[Person, ...]:
    for said in (_unquoted(name.strip(" \t-\u2013\u2014>*.")), ""):
        try:
            return (_person(said, address),)
        except FieldError:
            continue
    return ()


def _unquoted(name: str) -> str:
    quoted = _QUOTED.fullmatch(name)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else name


def _person(raw_name: str, raw_address: str) -> Person:
    address = read_address(raw_address)
    name = " ".join(clean_text(decode_words(raw_name), max_length=MAX_NAME).split())
    # An address hidden in the name is what git, or a reader, may take for the real one.
    folded = unicodedata.normalize("NFKC", name)
    plain = _without_joiners(name)
    if visible(plain) != plain or re.search("[<>]", folded):
        raise _ambiguous(name, address)
    if _LIKE_ADDRESS.search(folded) and folded.lower() != address:
        raise _ambiguous(name, address)
    return Person(name, address)


def _without_joiners(name: str) -> str:
    """Leave out the joiners that belong to how a name is written.

    Persian and the scripts of India need them between letters, emoji between pictures; between
    letters of an alphabet such as the Latin they only hide.
    """
    if name.isascii():
        return name
    kinds = ["" if c in _JOINERS else unicodedata.category(c) for c in name]
    return "".join(
        character
        for index, character in enumerate(name)
        if character not in _JOINERS
        or not {*kinds[max(index - 1, 0) : index], *kinds[index + 1 : index + 2]} <= _JOINED
        or not 0 < index < len(name) - 1
    )


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
