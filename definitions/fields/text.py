"""Text that people type or paste: cleaned to be kept, or made fully visible to be shown.

Text that looks different from what it is (bidirectional overrides, hidden characters) would let
somebody have another thing signed than the signers saw.
"""

from __future__ import annotations

import re
import unicodedata

from definitions.fields.errors import FieldError

MARKS_IN_A_ROW = 30
"""Combining characters in a row: the bound of UAX #15 (Stream-Safe Text Format)."""

BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
_REFUSED = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff{BIDI_CONTROLS}]")
_NEWLINES = re.compile("\r\n|[\r\u2028\u2029]")
# Letters by their category, but drawn as nothing.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def clean_text(value: str, *, max_length: int) -> str:
    r"""Return typed text as it is kept: newlines as \n, in normal form C.

    Args:
        value: What was typed or pasted.
        max_length: The most characters (code points, after cleaning) that are taken.

    Raises:
        FieldError: It is too long, or holds control characters or hidden ones that change the
            direction of writing.
    """
    text = _NEWLINES.sub("\n", value)
    found = _REFUSED.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise FieldError(
            f"Line {line} of the text holds the hidden character U+{ord(found[0]):04X}, "
            "which could make it look different from what it is.",
            "Remove that character, or type the line anew instead of pasting it.",
        )
    _check_marks(text)
    text = unicodedata.normalize("NFC", text)
    if len(text) > max_length:
        raise FieldError(
            f"The text has {len(text)} characters; {max_length} are the most that fit here.",
            "Shorten it, or attach the long part as a file.",
        )
    return text


def _check_marks(text: str) -> None:
    """Refuse piles of combining characters: unreadable, and slow to bring into normal form."""
    run = 0
    for character in "" if text.isascii() else text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MARKS_IN_A_ROW:
            raise FieldError(
                f"The text piles more than {MARKS_IN_A_ROW} accents on one character.",
                "Remove the accents that aren't needed to read it.",
            )


def visible(text: str) -> str:
    """Return `text` with every hidden character written out, as ⟨U+202E⟩.

    Tabs, newlines and plain spaces stay. Escaping for HTML is the page's work.
    """
    return text if text.isascii() and text.isprintable() else text.translate(_Shown())


def visible_line(text: str) -> str:
    """Return `text` as one line: as `visible`, with tabs and newlines written out too."""
    return visible(text).replace("\n", "⟨U+000A⟩").replace("\t", "⟨U+0009⟩")


class _Shown(dict[int, str]):
    """What stands for each character; asked once for each, so that long texts stay quick."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = character.isprintable() and character not in _BLANK_LETTERS
        self[code] = character if plain or character in "\n\t" else f"⟨U+{code:04X}⟩"
        return self[code]


def cut(text: str, length: int) -> str:
    """Return `text`, cut to `length` characters with a mark that says how many are left out."""
    left_out = len(text) - length
    return text if left_out <= 0 else f"{text[:length]} … ({left_out} more characters)"
