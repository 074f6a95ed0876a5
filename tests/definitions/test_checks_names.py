"""Names that would be two things at once: refused where an act or a page can't tell them apart."""

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.loader import Source
from definitions.reading import read_yaml_bytes

TEXT = """\
process: names
title: Names
summary: Evidence called like other things.
policy: ["4.1"]
number: b
rules: 1
start:
  roles: [member]
  policy: "4.1"
  fields:
    FIELD: {type: text, title: What, required: true}
machine:
  initial: one
  states:
    one: {on: {ok: done}}
    done: {final: true}
steps:
  one:
    title: One
    policy: "4.1"
    evidence: {EVIDENCE: {type: string, title: When}}
    seats:
      a: {role: systems-administrator}
    outcomes:
      good: {event: ok}
"""
HIDDEN = "privacy: {fields: {FIELD: {roles: [arbitrator], policy: '9.5'}}}\n"


def said(field: str, evidence: str, *, hidden: bool = False) -> list[str]:
    text = (TEXT + (HIDDEN if hidden else "")).replace("FIELD", field)
    data, positions = read_yaml_bytes(text.replace("EVIDENCE", evidence).encode(), name="names")
    definition = Definition.build(data, load_exclusivity().to_json())
    return [one.sentence for one in check_parts(Source(definition, positions, "names.yaml"))]


def test_fields_and_evidence_may_be_called_like_what_forms_carry() -> None:
    for name in ("outcome", "nonce", "csrf-token", "csrf_token", "seat", "step", "choice", "text"):
        assert said(name, name) == []
    assert said("comment", "outcome") == []


def test_evidence_is_not_called_like_the_comment_of_its_act() -> None:
    (sentence,) = said("what", "comment")
    assert sentence.startswith("Evidence can't be called `comment`")


def test_a_confidential_field_hides_nothing_else_by_its_name() -> None:
    assert said("what", "when", hidden=True) == []
    (sentence,) = said("what", "what", hidden=True)
    assert sentence.startswith("The confidential field `what` has the same name")
    (sentence,) = said("comment", "when", hidden=True)
    assert "all comments would be hidden as well" in sentence
