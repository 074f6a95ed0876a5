"""What votes and child cases decide is proved: on the processes by which people come and go."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.checks import bodies_of, check_parts
from definitions.loader import Library, Source, load_file
from definitions.proof import prove
from tests.support.killing import shows

DATA = Path(__file__).parents[3] / "definitions" / "processes"
FILES = ["abc", "access-list-change", "motion", "onboarding", "termination"]


def source(name: str, old: str = "", new: str = "", folder: Path | None = None) -> Source:
    text = (DATA / f"{name}.yaml").read_text(encoding="utf-8")
    if folder is None:
        return load_file(DATA / f"{name}.yaml")
    assert old in text, old
    file = folder / f"{name}.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return load_file(file)


@pytest.mark.parametrize("name", FILES)
def test_they_fit_together_and_everything_that_they_state_holds(name: str) -> None:
    library = Library(tuple(source(one) for one in FILES))
    one = source(name)
    assert check_parts(one, bodies_of(library)) == ()
    proof = prove(one.definition)
    assert proof.findings == ()
    assert proof.configurations > 1


MANAGER = (
    "      case_manager: {title: {en: Case Manager}, person: case_manager, not: [opener],"
    " link: {with: sign-in}}\n"
)
MUTANTS = [
    # process, what is changed, into what, what is said of it
    (
        "motion",
        "was_carried: carried, was_lost: lost",
        "was_carried: lost, was_lost: carried",
        "Carried only by the Board's vote",
    ),
    (
        "access-list-change",
        "authorised: changed, declined: refused",
        "authorised: refused, declined: changed",
        "No list changes without",
    ),
    (
        "access-list-change",
        "authorised: changed, declined: refused, too_few: proposing",
        "authorised: proposing, declined: refused, too_few: changed",
        "No list changes without",
    ),
    ("access-list-change", "again: deciding", "again: changed", "No list changes without"),
    (
        "access-list-change",
        "authority: motion, otherwise: barred",
        "authority: case, otherwise: barred",
        "Nobody comes to a role",
    ),
    (
        "access-list-change",
        "check: true, otherwise: conflicting",
        "otherwise: conflicting",
        "Nobody comes to a role",
    ),
    ("onboarding", "lost: declined", "lost: authorised", "Nobody is admitted without"),
    ("onboarding", "inquorate: too_few", "inquorate: authorised", "Nobody is admitted without"),
    (
        "onboarding",
        "cleared: deciding, not_cleared: refused",
        "cleared: refused, not_cleared: deciding",
        "without a background check",
    ),
    ("onboarding", "not_cleared: refused", "not_cleared: deciding", "without a background check"),
    ("onboarding", "refused: not_cleared", "refused: cleared", "without a background check"),
    ("onboarding", "deferred: put_off", "deferred: cleared", "without a background check"),
    (
        "onboarding",
        "agreed: background_check, disagreed: withdrawn",
        "agreed: deciding, disagreed: background_check",
        "without a background check",
    ),
    (
        "onboarding",
        "conflicting: excluded, lapsed: withdrawn}",
        "conflicting: excluded, lapsed: background_check}",
        "Nobody is proposed against their will",
    ),
    (
        "onboarding",
        "conflicting: excluded, lapsed: withdrawn}",
        "conflicting: candidate, lapsed: withdrawn}",
        "`conflicting` can happen where the machine has no way",
    ),
    (
        "access-list-change",
        "  - enter: changed\n    end:",
        "  - enter: deciding\n    end:",
        "Nobody loses a role or a place on a list by a decision before it is made",
    ),
    (
        "termination",
        "  - enter: securing\n    end: {person: subject, list: all",
        "  - enter: reporting\n    end: {person: subject, list: all",
        "Access is closed at once",
    ),
    ("abc", "lapsed: deferred}", "lapsed: interview}", "before the person has"),
    ("abc", "not_held: deferred", "not_held: accepted", "The Arbitrator rules"),
    (
        "abc",
        MANAGER,
        "",
        "Four eyes at the interview",
    ),
    ("abc", "case_manager, not: [opener], link", "case_manager, link", None),
    ("abc", "    not: [opener, subject]\n", "    not: [subject]\n", "can get `interview` done"),
    (
        "termination",
        "      observer: {title: {en: observer}, role: systems-administrator}\n",
        "",
        "Accounts are deleted under four eyes",
    ),
    (
        "termination",
        "event: followed_up, leads",
        "event: agreed, leads",
        "can happen where the machine has no way",
    ),
]
"""None: nothing becomes possible by it (a draw excludes the opener already)."""


@pytest.mark.parametrize(
    ("name", "old", "new", "says"), MUTANTS, ids=[f"{m[0]}-{n}" for n, m in enumerate(MUTANTS)]
)
def test_a_fault_is_found_and_shown(
    name: str, old: str, new: str, says: str | None, tmp_path: Path
) -> None:
    mutant, ours = source(name, old, new, tmp_path).definition, source(name).definition
    found = prove(mutant).findings
    sentences = "\n".join(finding.sentence for finding in found)
    assert (says is None and not found) or (says is not None and says in sentences), sentences
    for finding in found:
        if finding.walk is not None:
            assert shows(mutant, ours, finding)


def test_what_happens_elsewhere_is_told_in_the_walk(tmp_path: Path) -> None:
    one = source(
        "onboarding", "declined: refused, too_few", "declined: training, too_few", tmp_path
    )
    told = [finding.walk for finding in prove(one.definition).findings if finding.walk]
    assert any(
        "- child: {name: check, ends: accepted}\n  - child: {name: motion, ends: lost}" in walk
        for walk in told
    ), told


def test_a_vote_is_told_with_its_voters(tmp_path: Path) -> None:
    swapped = "was_carried: lost, was_lost: carried"
    one = source("motion", "was_carried: carried, was_lost: lost", swapped, tmp_path)
    told = [finding.walk for finding in prove(one.definition).findings if finding.walk]
    voted = "- vote: {by: ruth, step: voting, choice: naye}"
    assert any(voted in walk and "- pass-time: P3D" in walk for walk in told), told
