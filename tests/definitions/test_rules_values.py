"""Values of forms: what each type of field takes, and the refusals that it gives."""

from typing import Any

import pytest

from definitions.model import FieldSpec
from definitions.rules import DeclaredAddress, check_values
from definitions.rules.values import addresses_of, comment_refusal, is_empty
from tests.support.playing import PACKAGES, patch_value

PDF = {"sha256": "a" * 64, "name": "p.pdf", "size": 3, "media_type": "application/pdf"}
PATCH = patch_value("ada@example.org")


def field(kind: str, **more: Any) -> FieldSpec:
    return FieldSpec(type=kind, title={"en": "It"}, **more)  # type: ignore[arg-type]


CHOICE = field("choice", choices={"low": {"en": "Low"}, "high": {"en": "High"}})
FILE = field("file", kinds=("application/pdf",), max=10)
TAKEN = [
    (field("string"), "one line"),
    (field("string", max=3), "abc"),
    (field("text"), "two\nlines"),
    (CHOICE, "low"),
    (field("person"), "p-1"),
    (field("attestation"), True),
    (field("packages"), PACKAGES),
    (field("patch"), PATCH),
    (field("patch", max=900), PATCH),
    (field("patch"), PATCH | {"declared": {"ada@example.org": "external"}}),
    (FILE, PDF),
    (field("file"), PDF | {"media_type": "text/plain"}),
]
NOT_TAKEN = [
    (field("string"), "two\nlines", "single line"),
    (field("string"), "x" * 201, "200 are the most"),
    (field("string", max=3), "abcd", "3 are the most"),
    (field("text"), "x" * 4001, "4000 are the most"),
    (field("text"), " " * 4001, "4000 are the most"),
    (field("text"), "a\u202eb", "hidden character"),
    (field("text"), "a\r\nb", "isn't normalised"),
    (field("text"), 3, "must be text"),
    (field("text"), 0, "must be text"),
    (field("text"), [], "must be text"),
    (field("text"), ["x"], "must be text"),
    (CHOICE, "medium", "isn't one of the choices"),
    (CHOICE, {}, "isn't one of the choices"),
    (field("choice"), "low", "isn't one of the choices"),
    (field("person"), 3, "isn't a person"),
    (field("person"), "p" * 256, "isn't a person"),
    (field("attestation"), "yes", "confirmed with a tick"),
    (field("attestation"), 1, "confirmed with a tick"),
    (field("packages"), [], "isn't a list of packages"),
    (field("packages"), {"packages": []}, "The list is empty"),
    (field("packages"), {"packages": [{}]}, "isn't in the form"),
    (field("packages"), {"packages": 3}, "isn't in the form"),
    (FILE, "p.pdf", "isn't a file"),
    (FILE, {"sha256": "a" * 64}, "isn't a file"),
    (FILE, PDF | {"more": 1}, "isn't a file"),
    (FILE, PDF | {"sha256": "A" * 64}, "digest, name or size"),
    (FILE, PDF | {"sha256": 3}, "digest, name or size"),
    (FILE, PDF | {"name": ""}, "digest, name or size"),
    (FILE, PDF | {"name": "x" * 256}, "digest, name or size"),
    (FILE, PDF | {"size": 0}, "digest, name or size"),
    (FILE, PDF | {"size": True}, "digest, name or size"),
    (field("file"), PDF | {"media_type": ["x"]}, "digest, name or size"),
    (FILE, PDF | {"size": 11}, "has 11 bytes; 10 are the most"),
    (FILE, PDF | {"media_type": "text/html"}, "text/html isn't accepted"),
    (field("patch"), "x", "isn't a patch"),
    (field("patch"), {"file": 1}, "isn't a patch"),
    (field("patch"), PATCH | {"file": {"sha256": "a" * 64}}, "without its file"),
    (field("patch"), PATCH | {"file": 3}, "without its file"),
    (field("patch"), PATCH | {"file": PATCH["file"] | {"size": -1}}, "digest, name or size"),
    (field("patch", max=899), PATCH, "899 are the most"),
    (field("patch"), PATCH | {"patches": [{}]}, "isn't in the form"),
    (field("patch"), PATCH | {"patches": []}, "names no author"),
    (field("patch"), PATCH | {"declared": []}, "declared of an address"),
    (field("patch"), PATCH | {"declared": {"eve@example.org": "external"}}, "declared of an"),
    (field("patch"), PATCH | {"declared": {"ada@example.org": 3}}, "declared of an"),
]


@pytest.mark.parametrize(("spec", "value"), TAKEN, ids=str)
def test_what_a_field_takes(spec: FieldSpec, value: Any) -> None:
    assert check_values({"it": spec}, {"it": value}) == ()


@pytest.mark.parametrize(("spec", "value", "why"), NOT_TAKEN, ids=str)
def test_what_a_field_does_not_take(spec: FieldSpec, value: Any, why: str) -> None:
    (refusal,) = check_values({"it": spec}, {"it": value})
    assert why in refusal.sentence
    assert (refusal.code, refusal.field) == ("value", "it")
    assert refusal.remedy


@pytest.mark.parametrize("value", [None, "", False])
@pytest.mark.parametrize("spec", [spec for spec, _ in TAKEN], ids=str)
def test_a_field_that_nobody_filled_in(spec: FieldSpec, value: Any) -> None:
    required = spec.model_copy(update={"required": True})
    assert check_values({"it": spec}, {"it": value}) == ()
    (refusal,) = check_values({"it": required}, {"it": value})
    assert refusal.sentence == "“It” is required."
    assert check_values({"it": required}, {}) == (refusal,)
    assert check_values({"it": required}, {"it": value}, partial=True) == (refusal,)
    assert check_values({"it": required}, {}, partial=True) == ()


def test_blanks_alone_fill_nothing_in() -> None:
    assert check_values({"it": field("text")}, {"it": "  \n"}) == ()
    assert check_values({"it": field("text", required=True)}, {"it": " \n "})
    assert is_empty(" ")
    assert not is_empty(0)


def test_a_field_that_the_form_does_not_have() -> None:
    (refusal,) = check_values({}, {"extra": "x"})
    assert "This form has no field “extra”." in refusal.sentence


def test_refusals_come_in_the_order_of_the_form() -> None:
    form = {name: field("string", required=True) for name in "cab"}
    assert [r.field for r in check_values(form, {})] == ["c", "a", "b"]


def test_addresses_come_with_what_was_declared() -> None:
    value = patch_value("b@example.org", "a@example.org", declared={"a@example.org": "external"})
    assert addresses_of(value) == (
        DeclaredAddress("a@example.org", "external"),
        DeclaredAddress("b@example.org", None),
    )


@pytest.mark.parametrize(("value", "required", "code"), [
    (None, True, "comment-required"), ("", True, "comment-required"),
    (" ", True, "comment-required"), (None, False, None), ("", False, None), (" ", False, None),
    ("Fine.", True, None), ("x" * 10_001, False, "value"), (" " * 10_001, False, "value"),
    (3, False, "value"), (0, True, "value"),
])  # fmt: skip
def test_comments(value: Any, required: bool, code: str | None) -> None:  # noqa: FBT001
    refusal = comment_refusal(value, required=required, why="to reject")
    assert (refusal.code if refusal else None) == code
    assert refusal is None or refusal.field == "comment"
