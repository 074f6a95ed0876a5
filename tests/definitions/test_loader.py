"""Loading: what is read, what takes another's place, and errors that name file, line, remedy."""

from pathlib import Path

import pytest

from definitions.errors import DefinitionErrors
from definitions.loader import load_file, load_library

GOOD = (Path(__file__).parent / "data" / "sample-process.yaml").read_text(encoding="utf-8")

WRONG = [
    ("process: sample-process\n", "", 2, "`process` is missing here"),
    ("summary: {en: Every", "sumary: {en: Every", None, "`sumary` isn't known here."),
    ("number: z", "number: zz", None, "`number` is to be one small letter"),
    ("rules: 1", "rules: 2", None, "`rules` can't be `2`"),
    ("after: P3D", "after: P3M", None, "is to be a length of time in days, hours and minutes"),
    ("after: P3D", "after: P", None, "is to be a length of time"),
    ("after: P3D", "after: PT", None, "is to be a length of time"),
    ("{role: board-member}, ", "{role: board-member, list: x}, ", None, "exactly one of role"),
    ('policy: "9.1.4"}]', 'policy: "9.1.4", judgement: x}]', None, "Say either the section"),
    ("        role: arbitrator\n", "", None, "A seat names either a role, a person"),
    ("leave: draft", "leave: draft\n    enter: draft", None, "either enter or leave"),
    ("light: 1,", "light: -1,", None, "a whole number from 0 to 20"),
    ("{ended: draft,", "{ended: draft, after: draft,", None, "exactly one of before, after"),
    ('"9.1.4", firm: true', '"9.1.4"', None, "firm: true or waivable"),
    ("      yes: {event", "      Yes: {event", None, "The text “Yes” can't be a name here."),
    ("    paused: {on", "    paus-ed: {on", None, "The text “paus-ed” can't be a name here."),
]  # fmt: skip


def written(folder: Path, text: str, name: str = "sample-process.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("old", "new", "line", "sentence"), WRONG)
def test_what_has_not_the_form_is_said_with_file_line_and_remedy(
    tmp_path: Path, old: str, new: str, line: int | None, sentence: str
) -> None:
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)
    with pytest.raises(DefinitionErrors) as raised:
        load_library((written(tmp_path / "more", text),))
    found = [error for error in raised.value.errors if sentence in error.sentence]
    assert found, str(raised.value)
    expected = line or GOOD[: GOOD.index(old)].count("\n") + 1
    near = range(expected - 3, expected + 3) if line is None else (line,)
    assert any(error.line in near for error in found), [error.line for error in found]
    assert all(error.file == "sample-process.yaml" and error.remedy for error in found)


def test_all_that_is_wrong_in_all_files_is_said_at_once(tmp_path: Path) -> None:
    folder = written(tmp_path, GOOD.replace("number: z", "number: zz").replace("rules: 1", ""))
    written(folder, "a: [", "torn.yaml")
    with pytest.raises(DefinitionErrors) as raised:
        load_library((folder,))
    assert {error.file for error in raised.value.errors} == {"sample-process.yaml", "torn.yaml"}
    assert len(raised.value.errors) == 3


def test_a_text_that_is_no_definition_is_said_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(DefinitionErrors, match=r"sample-process\.yaml:1: "):
        load_library((written(tmp_path, "- just\n- a list\n"),))


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(DefinitionErrors, match="There is no such folder of definitions"):
        load_library((tmp_path / "nowhere",))


def test_a_folder_adds_processes_and_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = GOOD.replace("process: sample-process", "process: system-patch")
    folder = written(tmp_path, GOOD)
    written(folder, own, "system-patch.yaml")
    written(folder, "not read", "notes.txt")
    library = load_library((folder,))
    assert set(library.processes()) == {*load_library().processes(), "sample-process"}
    assert library.current("system-patch").body.number == "z"
    ours = load_library().current("application-patch")
    assert library.current("application-patch").version == ours.version
    with pytest.raises(KeyError):
        library.current("nothing")


def test_a_number_that_json_cannot_hold_the_same_way_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, GOOD.replace("light: 1,", "light: 1.5,"))
    with pytest.raises(DefinitionErrors, match="`light` is to be a whole number from 0 to 20"):
        load_file(folder / "sample-process.yaml")


def test_half_a_character_is_no_text_for_anybody(tmp_path: Path) -> None:
    half = GOOD.replace("{en: Draft it}", '{en: "\\uD800"}')
    with pytest.raises(DefinitionErrors, match=r"sample-process\.yaml:\d"):
        load_library((written(tmp_path, half),))
