"""One file is checked with the library around it, as it would be if it were part of it."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from definitions.errors import DefinitionErrors
from definitions.loader import load_library
from worker.definitions_commands import check, check_words

PROCESSES = files("definitions") / "processes"


def changed(folder: Path, name: str, *pairs: tuple[str, str], file: str = "") -> Path:
    """Write a definition of the library with some words changed; return the file."""
    text = (PROCESSES / f"{name}.yaml").read_text(encoding="utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path = folder / (file or f"{name}.yaml")
    path.write_text(text, encoding="utf-8")
    return path


def said(found: dict[str, Any]) -> list[str]:
    return [
        f"{finding['file']}: {finding['sentence']}"
        for report in found["definitions"]
        for finding in report["findings"]
    ]


def test_a_file_takes_the_place_of_the_process_of_its_name(tmp_path: Path) -> None:
    file = changed(tmp_path, "system-patch", ("after: P2D", "after: P4D"))
    found = check([], [file])
    assert found["ok"], check_words(found)
    processes = [report["process"] for report in found["definitions"]]
    assert processes == list(load_library().processes())
    (version,) = {r["version"] for r in found["definitions"] if r["process"] == "system-patch"}
    assert version != load_library().current("system-patch").version


def test_what_a_file_says_of_other_processes_is_looked_up(tmp_path: Path) -> None:
    file = changed(tmp_path, "onboarding", ("process: motion", "process: motoin"))
    assert any("There is no process `motoin`" in one for one in said(check([], [file])))
    file = changed(tmp_path, "onboarding", ("inquorate: ", "inquorat: "))
    assert any("There is no end of `motion` `inquorat`" in one for one in said(check([], [file])))


def test_others_that_open_what_a_file_describes_are_checked_against_it(tmp_path: Path) -> None:
    motion = changed(tmp_path, "motion", ("cases: [", "cases: [system-patch, "))
    text = motion.read_text(encoding="utf-8")
    motion.write_text(text.replace("onboarding, ", "").replace(", onboarding", ""), "utf-8")
    found = said(check([], [motion]))
    assert "onboarding.yaml: `motion` doesn't let cases of `onboarding` open one." in found


def test_two_files_that_belong_together_are_checked_together(tmp_path: Path) -> None:
    parent = changed(
        tmp_path,
        "onboarding",
        ("process: onboarding", "process: joining"),
        ("process: motion", "process: resolution"),
        ("number: ", "number: z # "),
        file="joining.yaml",
    )
    alone = said(check([], [parent]))
    assert any("joining.yaml: There is no process `resolution`." in one for one in alone)
    child = changed(
        tmp_path,
        "motion",
        ("process: motion", "process: resolution"),
        ("number: ", "number: y # "),
        ("cases: [", "cases: [joining, "),
        file="resolution.yaml",
    )
    assert not any("`resolution`" in one for one in said(check([], [parent, child])))


def test_a_letter_that_another_process_has_is_told_of_the_file(tmp_path: Path) -> None:
    file = changed(tmp_path, "abc", ("process: abc", "process: aaa"), file="aaa.yaml")
    found = said(check([], [file]))
    assert "aaa.yaml: The letter `" in "".join(found)
    assert "numbers the cases of abc.yaml already" in "".join(found)


def test_of_two_files_for_one_process_neither_is_passed_over(tmp_path: Path) -> None:
    first = changed(tmp_path, "system-patch")
    second = changed(tmp_path, "system-patch", file="system-patch-2.yaml")
    found = check([], [first, second])
    assert not found["ok"]
    assert any("`system-patch` is described in system-patch.yaml already" in s for s in said(found))
    with pytest.raises(DefinitionErrors, match=r"is described in system-patch-2\.yaml already"):
        load_library((tmp_path,))


def test_a_file_is_checked_by_itself_where_the_library_cannot_be_read(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "torn.yaml").write_text("a: [", encoding="utf-8")
    file = changed(tmp_path, "system-patch", ("initial: approval", "initial: aproval"))
    found = said(check([own], [file]))
    assert any(one.startswith("torn.yaml: ") for one in found)
    assert any("system-patch.yaml: There is no state at the top `aproval`" in one for one in found)


def test_what_cannot_be_read_has_no_invariants_to_count(tmp_path: Path) -> None:
    file = changed(tmp_path, "system-patch", ("number: p", "nubmer: p"))
    text = check_words(check([], [file]))
    assert "A file is not in order, and can't be looked at further:\n  system-patch.yaml:" in text
    assert " 0 invariants" not in text


def test_one_invariant_is_counted_as_one() -> None:
    report = {"process": "one", "ok": True, "findings": [], "invariants": 1, "configurations": 3}
    text = check_words({"ok": True, "definitions": [report]})
    assert text == "one is in order; it states 1 invariant, asked in each of its 3 configurations."
