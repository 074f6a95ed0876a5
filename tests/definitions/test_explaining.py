"""Slips in a definition's form, each with what its author is told of it: at which line, and how."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from definitions.canonical import Json
from definitions.checks import check_parts
from definitions.errors import DefinitionError, DefinitionsError
from definitions.explaining import explain
from definitions.loader import load_file, load_library

GOOD = (Path(__file__).parents[2] / "definitions" / "processes" / "system-patch.yaml").read_text(
    encoding="utf-8"
)
VALIDATORS_WORDS = (
    "Input should",
    "constrained",
    "function-",
    "literal[",
    "valid dictionary",
    "pattern",
    "Write a value of that kind",
    "NoneType",
    "tuple",
)

SEATS = "scribe: {title: {en: scribe}, role: systems-administrator}"
SLIPS: list[tuple[str, str, str, str]] = [
    # A guard where a state's name stands.
    (
        "approved: applying, refused: rejected, overdue",
        "approved: {target: applying, cond: cheap}, refused: rejected, overdue",
        "be the name of the state that follows, and this is a mapping with `target` and `cond`.",
        "There are no other guards",
    ),
    (
        "approved: applying, refused: rejected, overdue",
        "approved: {by: reason, low: [applying]}, refused: rejected, overdue",
        "`low` is to be a name, and this is a list.",
        "Write a name alone",
    ),
    (
        "approved: applying, refused: rejected, overdue",
        "approved: {by: }, refused: rejected, overdue",
        "`by` is empty.",
        "Or take the key out.",
    ),
    (
        "applied: documenting, failed",
        "applied: [documenting, done], failed",
        "`applied` is to be the name of the state that follows, and this is a list.",
        "Write `EVENT: STATE`",
    ),
    # Names that are misspelt.
    ("  applying:\n    title", "  aplying:\n    title", "no state `aplying`", "mean `applying`?"),
    (
        "initial: approval",
        "initial: aproval",
        "There is no state at the top `aproval`.",
        "Did you mean `approval`?",
    ),
    ("verb: {en: Document ", "verbs: {en: Document ", "`verbs` isn't known", "mean `verb`?"),
    (SEATS, "scribe: {rol: tester}", "`rol` isn't known here.", "Did you mean `role`?"),
    (
        SEATS,
        "scribe: {role: tester, not: [{signer: applying}]}",
        "`signer` isn't known here.",
        "Did you mean `signers`?",
    ),
    (
        "    reminders: [P1D]\n    deadline",
        "    remindres: [P1D]\n    deadline",
        "`remindres` isn't known here.",
        "Did you mean `reminders`?",
    ),
    (
        SEATS,
        "scribe: {role: tester, evidence: {a: {type: text, title: A}}}",
        "`evidence` isn't known here. It belongs to a step or an outcome.",
        "Take it out; what can stand here: `title`, `role`, `or`",
    ),
    (
        "    log_entry:\n",
        "    Log entry:\n",
        "“Log entry” can't be a name",
        "Write it as `log-entry`.",
    ),
    ("type: packages\n", "type: package\n", "`type` can't be the text “package”", "`packages`?"),
    (
        'comment: required\n        leads: {en: "If',
        'comment: must\n        leads: {en: "If',
        "`comment` can't be the text “must”: there are `required` and `optional`.",
        "Write",
    ),
    # A word that is only a little like another.
    (
        SEATS,
        "scribe: {people: [opener]}",
        "`people` isn't known here. It belongs to the file itself.",
        "Take it out; what can stand here: `title`, `role`",
    ),
    # What belongs further in stands at the top, as it isn't indented.
    (
        "\namend:\n",
        "\ntesting: {title: Test it}\namend:\n",
        "`testing` isn't known here.",
        "Indent it under what it belongs to, or take it out; what can stand here: `process`",
    ),
    # An answer of a step where only a field of the form can decide.
    (
        SEATS,
        "scribe: {role: tester, count: {by: applying.risk, low: 1}}",
        "`applying.risk` can't decide here: answers given in a step only branch events.",
        "let an event branch on the answer",
    ),
    (
        "before: applying\n",
        "before: applying\n    when: {approval.risk: high}\n",
        "No event is led by an answer `approval.risk`.",
        "Name one that an event goes `by`",
    ),
    # Lists that are too short, or none.
    (
        "    reminders: [P1D]\n    deadline",
        "    need: [[scribe]]\n    deadline",
        "The list `need` is too short: it has 1.",
        "Name at least 2, or take `need` out.",
    ),
    (
        'policy: ["3.2.3", "4.1", "4.1.3", "4.2"]',
        'policy: "4.1"',
        "`policy` is to be a list, and this is the text “4.1”.",
        'Put what stands there in brackets: ["4.1"].',
    ),
    # Numbers out of bounds, and no numbers.
    (SEATS, "scribe: {role: tester, count: 0}", "from 1 to 20", "a whole number from 1 to 20"),
    (SEATS, "scribe: {role: tester, count: 99}", "this is `99`", "a whole number from 1 to 20"),
    (
        SEATS,
        "scribe: {role: tester, count: {by: risk, low: none}}",
        "`low` is to be a whole number from 0 to 20, and this is the text “none”.",
        "Write a whole number from 0 to 20.",
    ),
    (
        SEATS,
        "scribe: {role: tester, count: [1, 2]}",
        "none of the forms that it can have: a whole number from 1 to 20, or `{by: …}` and a",
        "Write one of these.",
    ),
    ("max: 10000", "max: 0", "`max` is to be a whole number greater than 0", "greater than 0."),
    ("max: 10000", "max: long", "and this is the text “long”", "greater than 0."),
    ("max: 200", "max: 200.5", "and this is `200.5`", "greater than 0."),
    ("rules: 1", "rules: 3", "`rules` can't be `3`: there is `1`.", "Write `1`."),
    ("number: p", "number: patch", "`number` is to be one small letter", "from a to z"),
    # Other kinds of values.
    (
        "{after: P2D, tell",
        "{after: 2 days, tell",
        "is to be a length of time in days, hours and minutes, and this is the text “2 days”.",
        "Write a duration such as P3D (three days) or PT12H",
    ),
    ("{after: P2D, tell", "{after: 2, tell", "length of time", "a duration such as P3D"),
    ("{after: P2D, tell", "{after: P1M, tell", "length of time", "months and years vary"),
    (
        'policy: ["3.2.3", "4.1", "4.1.3", "4.2"]',
        'policy: ["3.2.3", 4.1, "4.1.3", "4.2"]',
        "Element 2 of `policy` is to be text, and this is a number.",
        'Put it in quotes: "4.1".',
    ),
    (
        'policy: ["3.2.3", "4.1", "4.1.3", "4.2"]',
        "policy: []",
        "`policy` is empty.",
        "at least one",
    ),
    (
        "reminders: [P3D]",
        "reminders: P3D",
        "`reminders` is to be a list, and this is the text “P3D”.",
        "Put what stands there in brackets: [P3D].",
    ),
    (
        "        required: true\n        max: 10000",
        "        required: always\n        max: 10000",
        "`required` is to be `true` or `false`, and this is the text “always”.",
        "Write `true` or `false`.",
    ),
    (
        "title: {en: Rejected}",
        "title: [Rejected]",
        "`title` is to be words for people, and this is a list.",
        "Write them in quotes, or by language",
    ),
    (
        SEATS,
        "scribe: systems-administrator",
        "`scribe` is to be a mapping with keys such as `title`, `role`",
        "Write them below it, indented.",
    ),
    (
        SEATS,
        "scribe: {role: [tester]}",
        "`role` is to be a name, and this is a list.",
        "Write a name alone",
    ),
    (SEATS, "scribe: {role: tester, count: }", "`count` is empty.", "Or take the key out."),
    (
        "{after: P2D, tell: [{role: systems-administration-leader}]}",
        "{after: P2D, tell: [opener]}",
        "Element 1 of `tell` is to be a mapping with keys such as `role`, `list`",
        "indented",
    ),
    # Keys that are missing.
    (
        "    deadline: {after: P2D, tell",
        "    deadline: {tell",
        "`after` is missing here; it is to be a length of time",
        "Add `after`. Write a duration such as P3D",
    ),
    ("number: p\n", "", "`number` is missing here; it is to be one small letter.", "Add `number`."),
    ("  initial: approval\n", "", "`initial` is missing here", "Add `initial`."),
    # None of several forms.
    (
        SEATS,
        "scribe: {role: tester, not: [5]}",
        "forms that it can have: a name, `{signers: …}`, `{holders: …}`, or `{person: …}`.",
        "Write one of these.",
    ),
    (
        SEATS,
        "scribe: {role: tester, not: [{nobody: x}]}",
        "none of the forms that it can have: a name, `{signers: …}`, `{holders: …}`",
        "Write one of these.",
    ),
    (
        SEATS,
        "scribe: {role: tester, link: mail}",
        "none of the forms that it can have: `true` or `false`, or `{with: …}`.",
        "Write one of these.",
    ),
    (
        SEATS,
        "scribe: {role: tester, link: {with: password}}",
        "`with` can't be the text “password”: there is `sign-in`.",
        "Write `sign-in`.",
    ),
    # What goes together, and what doesn't.
    (SEATS, "scribe: {title: Scribe}", "A seat names either a role, a person", "Correct it so."),
    (
        SEATS,
        "scribe: {role: tester, allow: [{person: opener}]}",
        "Say either the section (policy) or the reason (judgement) for it.",
        "Correct it so.",
    ),
]


def found_in(folder: Path, text: str) -> tuple[DefinitionError, ...]:
    """Return all that is said of a file in its first two rounds."""
    file = folder / "system-patch.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        return check_parts(load_file(file))
    except DefinitionsError as error:
        return error.errors


@pytest.mark.parametrize(("old", "new", "sentence", "remedy"), SLIPS)
def test_a_slip_is_said_at_its_line_with_what_was_meant(
    tmp_path: Path, old: str, new: str, sentence: str, remedy: str
) -> None:
    assert old in GOOD
    found = found_in(tmp_path, GOOD.replace(old, new, 1))
    assert found
    said = [one for one in found if sentence in one.sentence and remedy in one.remedy]
    assert said, [str(one) for one in found]
    first = GOOD[: GOOD.index(old)].count("\n") + 1
    if new:  # what is missing is told where it should stand
        assert first <= said[0].line <= first + new.count("\n"), said[0].line
    for one in found:
        for words in VALIDATORS_WORDS:
            assert words not in f"{one.sentence} {one.remedy}", str(one)
        assert one.sentence.endswith(".")
        assert one.remedy.endswith((".", "?"))


def test_what_an_alias_repeats_is_said_once(tmp_path: Path) -> None:
    assert "outcomes: &decision" in GOOD
    assert "outcomes: *decision" in GOOD
    found = found_in(tmp_path, GOOD.replace("event: approved", "evnet: approved", 1))
    assert [one.sentence for one in found] == ["`evnet` isn't known here."]


def test_several_slips_are_all_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("number: p", "number: 7").replace("P2D", "soon").replace("verb:", "verbs:")
    lines = [one.line for one in found_in(tmp_path, text)]
    assert len(lines) >= 7
    assert len(set(lines)) == len(lines)


def test_a_file_that_is_no_mapping(tmp_path: Path) -> None:
    for text, told in (("- a\n", "a list"), ("", "empty"), ("x\n", "the text “x”")):
        (one,) = found_in(tmp_path, text)
        assert one.sentence.startswith("The file is to be a mapping with keys such as `process`")
        assert one.sentence.endswith(f"this is {told}.")


def test_every_mapping_of_a_good_file_may_be_anything_else(tmp_path: Path) -> None:
    """Whatever stands in a place: something is said, and never by a validator."""
    library = load_library()
    data = library.current("onboarding").written()
    places = list(_places(data, ()))
    for place in places[:: max(1, len(places) // 60)]:
        wrong: Json
        for wrong in (None, 7, [], {"a": {"b": 1}}, "Not A Name", True):
            for one in explain(_with(data, place, wrong)):
                for words in VALIDATORS_WORDS:
                    assert words not in f"{one.sentence} {one.remedy}", (place, wrong, one)


def _places(value: Json, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        pairs = enumerate(value)  # type: ignore[assignment]
    for key, inner in pairs:
        yield from _places(inner, (*path, key))


def _with(value: Json, place: tuple[str | int, ...], wrong: Json) -> Json:
    changed = copy.deepcopy(value)
    at: Any = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = wrong
    return changed
