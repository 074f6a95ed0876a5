"""The policy by section, and what counts as a citation of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.checking import shape
from definitions.citations import (
    Policy,
    _File,
    check_citation,
    is_citation,
    load_policy,
    policy_from,
)
from definitions.errors import DefinitionErrors
from definitions.reading import read_yaml_bytes

TEXT = """\
A small policy

1.1. Patches
Patches are approved. Urgent patches
Urgent ones at once.

1.2 Logs
"""

SECTIONS = """\
policy: {title: Small Policy, version: "1"}
documents: [{name: DRP, title: Disputes}]
sections:
  - {number: "1", title: Everything, line: 3, heading: lost, judgement: true}
  - {number: "1.1", title: Patches, line: 3}
  - {number: "1.1.1", title: Urgent patches, line: 4, heading: run-in}
  - {number: "1.2", title: Logs, line: 7}
"""


def small(sections: str = SECTIONS) -> Policy:
    return policy_from(TEXT, *read_yaml_bytes(sections.encode(), name="sections.yaml"))


def problems(old: str, new: str) -> list[str]:
    assert old in SECTIONS
    with pytest.raises(DefinitionErrors) as caught:
        small(SECTIONS.replace(old, new))
    return [str(error) for error in caught.value.errors]


def test_the_text_is_cut_at_its_headings() -> None:
    policy = small()
    assert [(s.number, s.text, s.parent, s.judgement) for s in policy.sections()] == [
        ("1", "", None, True),
        ("1.1", "Patches are approved.", "1", False),
        ("1.1.1", "Urgent ones at once.", "1.1", False),
        ("1.2", "", "1", False),
    ]
    assert policy.text == TEXT


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: Patches,", "title: Patching,", "sections.yaml:5: Line 3 of the text has no such"),
        ("title: Urgent patches", "title: Urgent", "Line 4 of the text has no such heading"),
        ("line: 7", "line: 8", "Line 8 of the text has no such heading"),
        ("line: 7", "line: 70", "The text has 8 lines"),
        ("line: 7", "line: 0", "The text has 8 lines"),
        ('number: "1.1.1"', 'number: "1.3.1"', "1.3.1 stands before 1.3"),
        ('number: "1", title', 'number: "1.", title', "`1.` is not a section's number"),
        ('number: "1.1.1"', 'number: "1.1"', "1.1 is listed a second time"),
        ("line: 3, heading: lost", "line: 7, heading: lost", "stands before the one listed above"),
        ("judgement: true", "judgment: true", "`judgment` is not known here"),
        ("version:", "edition:", "`version` is missing here"),
        ("line: 7", "line: seven", "`line` has a wrong value"),
    ],
)
def test_a_list_of_sections_that_does_not_fit_the_text_is_refused(
    old: str, new: str, says: str
) -> None:
    found = problems(old, new)
    assert any(says in problem for problem in found), found


def test_the_shape_of_a_whole_file_is_checked_too() -> None:
    with pytest.raises(DefinitionErrors, match="`file` has a wrong value"):
        shape(_File, *read_yaml_bytes(b"[]", name="sections.yaml"))


def test_every_numbered_heading_of_the_real_text_is_a_section() -> None:
    policy = load_policy()
    for line in policy.text.splitlines():
        number, _, rest = line.partition(" ")
        if number.count(".") >= 1 and number.replace(".", "").isdigit() and rest:
            section = policy.section(number.rstrip("."))
            assert section is not None, line
            assert rest.startswith(section.title)


def test_no_word_of_the_real_text_is_lost_or_doubled() -> None:
    policy = load_policy()
    rest = policy.text[policy.text.index("1.1. Motivation") :]
    kept: list[str] = []
    for section in policy.sections():
        title = [] if section.judgement else section.title.split()
        kept += title + section.text.split()
    words = re.sub(r"^\d+(\.\d+)+\.? ", "", rest, flags=re.MULTILINE).split()
    assert kept == words


@pytest.mark.parametrize(
    ("number", "title", "begins", "ends"),
    [
        ("3.1.1", "Infrastructure", "Current and complete", "any change is made."),
        ("3.1.1.1", "External connectivity", "Only such", "reported and logged."),
        ("3.1.1.2", "Internal connectivity", "System and server", "diagram(s)."),
        ("3.1.2", "Operating Configuration", "", ""),
        ("3.1.2.1", "Ingress", "All ports", "exception."),
        ("3.1.2.2", "Egress", "All outbound", "exception."),
        ("3.2.3", "Patching", "Software used", "(see §4.2)."),
        ("3.2.3.1", "“emergency” patching", "Application of a patch", "filed disputes."),
        ("4.1.1", "Privileged accounts and passphrases", "Access to", "in all cases."),
        ("4.1.1.1", "Authorized users", "Only Systems", "by the Arbitrator."),
        ("4.1.1.2", "Access to Systems", "All access", "monitored."),
        ("4.1.1.3", "Changing", "The procedure", "documented."),
        ("9.1.4", "Arbitrated Background Check - Procedures", "The Arb", "full seriousness."),
        ("9.1.4.1", "Scope", "An investigation", "examination of:"),
        ("9.1.4.2", "Coverage", "ABC is to be", "See §1.1.1."),
        ("9.1.4.3", "Documentation", "The process", "It must include:"),
        ("9.1.4.4", "Privacy for Critical Roles", "The following", "privacy of others."),
        ("6", "Disaster recovery", "Disaster Recovery is", "CAcert Inc."),
        ("7", "Software assessment", "Software assessment team", "of the code."),
        ("7.4", "Review", "At the minimum", "have to be done."),
        ("9.5", "Confidentiality, Secrecy", "CAcert is an open", "any such restriction."),
        ("10.3", "Related Documents", "Relevant", "convenience."),
    ],
)
def test_sections_of_the_real_policy(number: str, title: str, begins: str, ends: str) -> None:
    section = load_policy().section(number)
    assert section is not None
    assert section.title == title
    assert section.text.startswith(begins)
    assert section.text.endswith(ends)
    assert (section.text == "") == (begins == "")


def test_the_ten_sections_at_the_top_are_marked_as_our_judgement() -> None:
    policy = load_policy()
    top = policy.children(None)
    assert [section.number for section in top] == [str(number) for number in range(1, 11)]
    assert all(section.judgement for section in top)
    assert sum(section.judgement for section in policy.sections()) == len(top)


def test_parents_from_the_top_down() -> None:
    policy = load_policy()
    assert [section.number for section in policy.parents("3.2.3.1")] == ["3", "3.2", "3.2.3"]
    assert policy.parents("3") == ()
    assert policy.parents("99") == ()
    assert policy.section("99") is None
    assert not policy.is_section("99")


@pytest.mark.parametrize(
    "citation", ["3.2.3", "3.2.3.1", "10", "DRP", "DRP 1.5", "COD7", "CCS", "DRC A.1", "CPS 6.2"]
)
def test_citations(citation: str) -> None:
    assert is_citation(citation)
    assert check_citation(citation) is None


@pytest.mark.parametrize(
    ("citation", "suggestions"),
    [
        ("§3.2.3", ("3.2.3",)),
        ("3.2.3.", ("3.2.3",)),
        ("Section 7.4", ("7.4",)),
        ("CPS#6.2", ("CPS 6.2",)),
        ("3.2.9", ("3.2.3", "3.2.2", "3.2.1", "3.2")),
        ("3.2.3.1.4", ("3.2.3.1",)),
        ("12", ("10", "9", "8")),
        ("dpr 1.5", ("DRP 1.5", "DRC 1.5")),
        ("DRP x", ()),
        ("DRP ", ("DRP",)),
        ("", ()),
        ("nonsense", ()),
    ],
)
def test_what_is_no_citation_gets_the_nearest_ones(
    citation: str, suggestions: tuple[str, ...]
) -> None:
    finding = check_citation(citation)
    assert finding is not None
    assert finding.suggestions == suggestions
    assert f"`{citation}` is neither a section" in finding.sentence
    assert finding.remedy.startswith("Cite ")
    assert all(suggestion in finding.remedy for suggestion in suggestions)


@given(st.from_regex(r"[§]?[0-9]{1,3}(\.[0-9]{1,2}){0,5}\.?", fullmatch=True) | st.text(max_size=9))
def test_a_suggestion_is_always_a_citation(citation: str) -> None:
    finding = check_citation(citation)
    assert (finding is None) == is_citation(citation)
    assert finding is None or all(map(is_citation, finding.suggestions))
