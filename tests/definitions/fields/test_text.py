"""Text: cleaned to be kept, or with everything hidden written out."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.fields.errors import FieldError
from definitions.fields.text import clean_text, cut, visible, visible_line


def test_newlines_become_one_kind_and_letters_one_form() -> None:
    assert clean_text("a\r\nb\rc\u2028d\u2029e\tf", max_length=20) == "a\nb\nc\nd\ne\tf"
    assert clean_text("Zoe\u0308", max_length=3) == "Zoë"


@pytest.mark.parametrize(
    "hidden", ["\0", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ufeff", "\ud800"]
)
def test_hidden_characters_are_refused_with_their_line(hidden: str) -> None:
    with pytest.raises(FieldError) as refusal:
        clean_text(f"first\nsecond{hidden}", max_length=100)
    assert refusal.value.sentence.startswith("Line 2 ")
    assert f"U+{ord(hidden):04X}" in refusal.value.sentence


def test_what_is_too_long_is_refused_with_both_lengths() -> None:
    assert clean_text("é" * 5, max_length=5)
    with pytest.raises(FieldError, match="6 characters; 5 are the most"):
        clean_text("é" * 6, max_length=5)


def test_a_pile_of_accents_is_refused() -> None:
    assert clean_text("a" + "\u0301" * 30, max_length=100)
    with pytest.raises(FieldError, match="accents"):
        clean_text("a" + "\u0301" * 31, max_length=100)


@given(st.text(st.characters(), max_size=200))
def test_any_text_is_cleaned_for_good_or_refused(value: str) -> None:
    try:
        text = clean_text(value, max_length=150)
    except FieldError:
        return
    assert len(text) <= 150
    assert unicodedata.is_normalized("NFC", text)
    assert clean_text(text, max_length=150) == text
    text.encode("utf-8")


def test_a_refusal_is_a_sentence_and_a_remedy() -> None:
    refusal = FieldError("It is so.", "Do this.")
    assert refusal.to_json() == {"sentence": "It is so.", "remedy": "Do this."}
    assert str(refusal) == "It is so. Do this."


def test_hidden_characters_are_written_out() -> None:
    assert visible("a\u202eb\0c\u200b\u3164\U000e0041") == (
        "a⟨U+202E⟩b⟨U+0000⟩c⟨U+200B⟩⟨U+3164⟩⟨U+E0041⟩"
    )
    assert visible("tab\tnew\nZoë 漢字 ") == "tab\tnew\nZoë 漢字 "
    assert visible("plain") == "plain"
    assert visible_line("tab\tnew\n") == "tab⟨U+0009⟩new⟨U+000A⟩"


def test_a_cut_text_says_how_much_is_left_out() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcde", 3) == "abc … (2 more characters)"
