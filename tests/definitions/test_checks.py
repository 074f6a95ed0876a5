"""Every finding of the checks, each made by changing a definition that has none."""

from pathlib import Path
from typing import Any

import pytest

from definitions.checks import Report, check_library, check_parts, check_source
from definitions.checks.context import Context
from definitions.checks.ways import _refused_by_library
from definitions.errors import Counterexample
from definitions.loader import Library, load_file, load_library
from definitions.reading import read_yaml

DATA = Path(__file__).parent / "data"
GOOD = (DATA / "sample-process.yaml").read_text(encoding="utf-8")
CASES: Any = read_yaml(DATA / "findings.yaml")[0]


def checked(folder: Path, text: str) -> Report:
    file = folder / "sample-process.yaml"
    file.write_text(text, encoding="utf-8")
    return check_source(load_file(file))


def test_the_sample_and_our_own_definitions_have_no_findings(tmp_path: Path) -> None:
    assert checked(tmp_path, GOOD).findings == ()
    reports = check_library(load_library())
    assert [report.findings for report in reports] == [()] * len(reports)
    assert all(report.ok and report.invariants for report in reports)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['says']}-{case['new'][:20]}")
def test_what_is_wrong_is_found_and_pointed_at(tmp_path: Path, case: dict[str, str]) -> None:
    assert GOOD.count(case["old"]) == 1
    text = GOOD.replace(case["old"], case["new"])
    report = checked(tmp_path, text)
    found = [(f, text.splitlines()[f.line - 1]) for f in report.findings]
    told = [(str(f), line) for f, line in found]
    assert any(
        case["says"] in f"{f.sentence} {f.remedy}" and case["at"] in line for f, line in found
    ), told
    assert not report.ok
    assert all(f.remedy.strip() and f.sentence.endswith((".", "?")) for f, _ in found)
    assert all(f.file == "sample-process.yaml" for f, _ in found)


def test_a_report_is_json_of_exactly_these_parts(tmp_path: Path) -> None:
    report = checked(tmp_path, GOOD.replace("roles: [member]", "roles: [membr]"))
    data = report.to_json()
    assert list(data) == [
        "process",
        "version",
        "invariants",
        "always",
        "configurations",
        "ok",
        "findings",
    ]
    assert (data["invariants"], data["configurations"], data["ok"]) == (7, 0, False)
    assert [set(finding) for finding in data["findings"]] == [
        {"file", "line", "sentence", "remedy"}
    ]


def test_two_processes_may_not_share_a_letter(tmp_path: Path) -> None:
    first, second = tmp_path / "sample-process.yaml", tmp_path / "second.yaml"
    first.write_text(GOOD, encoding="utf-8")
    second.write_text(GOOD.replace("process: sample-process", "process: second"), encoding="utf-8")
    good, bad = check_library(Library((load_file(first), load_file(second))))
    assert good.ok
    assert [f.sentence for f in bad.findings] == [
        "The letter `z` numbers the cases of sample-process.yaml already."
    ]


def test_findings_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("roles: [member]", "roles: [x]").replace("{list: board-list}", "{list: y}")
    lines = [f.line for f in checked(tmp_path, text).findings]
    assert lines == sorted(lines)
    assert len(lines) == 2


def test_what_an_alias_repeats_is_found_once(tmp_path: Path) -> None:
    text = GOOD.replace("or: [case-manager]\n", "or: &more [nix]\n")
    text = text.replace("or: [case-manager], in", "or: *more, in")
    found = [f.sentence for f in checked(tmp_path, text).findings]
    assert found == ["There is no role `nix`."]


def test_a_machine_that_the_library_refuses_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "sample-process.yaml"
    lost = GOOD.replace("    dropped: {final", "    lost: {final: true}\n    dropped: {final")
    file.write_text(lost, encoding="utf-8")
    # Our own checks are asked first, so that this line isn't reached by what they find.
    (found,) = _refused_by_library(Context.of(load_file(file)))
    assert "python-statemachine refuses this machine: There are unreachable" in found.sentence
    assert "lost" in found.sentence
    assert lost.splitlines()[found.line - 1] == "machine:"


def test_a_definition_need_be_neither_amendable_nor_withdrawable(tmp_path: Path) -> None:
    begin, end = GOOD.index("amend:\n"), GOOD.index("effects:\n")
    file = tmp_path / "sample-process.yaml"
    file.write_text(GOOD[:begin] + GOOD[end:], encoding="utf-8")
    assert check_parts(load_file(file)) == ()
    # But then nobody can go on once the opener has declined to draft.
    (caught,) = check_source(load_file(file)).findings
    assert isinstance(caught, Counterexample)
    assert "caught at `draft`" in caught.sentence
    assert "decline" in caught.walk
    assert caught.to_json()["walk"] == caught.walk
