"""A definition that changed in mid-case: the case's page says by which version it lives."""

from __future__ import annotations

from pathlib import Path

from definitions.definition import Definition
from definitions.loader import load_library
from tests.support.acting import World
from tests.support.changed_definition import both_versions
from web.presenters.differences import differences


def changed(definition: Definition, before: str, after: str) -> Definition:
    text = definition.text.replace(before, after)
    assert text != definition.text
    return Definition.from_text(text)


def test_a_case_of_todays_version_says_nothing_of_versions(world: World) -> None:
    number = world.open_system_patch("Sue")
    assert "earlier version" not in world.as_("Mia").get(f"/cases/{number}").text


def test_a_running_case_says_that_it_keeps_its_version(world: World, tmp_path: Path) -> None:
    old, new = both_versions(tmp_path / "own")
    number = world.open_system_patch("Sue")
    world.use(new)
    page = world.as_("Mia").get(f"/cases/{number}")
    told = page.text
    assert (
        f"This case runs under an earlier version of its definition ({old.version[:8]}), "
        "which was in force when it was opened." in told
    )
    assert f"New cases begin under another version ({new.version[:8]})." in told
    assert f'href="/definitions/system-patch?version={old.version}"' in page.text
    assert f'href="/definitions/system-patch?version={old.version}#differs"' in page.text


def test_its_definition_says_what_differs(world: World, tmp_path: Path) -> None:
    old, new = both_versions(tmp_path / "own")
    world.use(new)
    world.register(old)
    page = world.as_("Mia").get(f"/definitions/system-patch?version={old.version}")
    told = page.text
    assert "This is an earlier version" in told
    assert "What differs from the version of today" in told
    assert "steps, applying, seats" in told
    assert "title: {en: witness}" in told
    assert 'id="differs"' in page.text
    assert "What differs" not in world.as_("Mia").get("/definitions/system-patch").text


def test_a_case_that_has_ended_says_it_in_the_past(world: World, tmp_path: Path) -> None:
    _, new = both_versions(tmp_path / "own")
    number = world.open_system_patch("Sue")
    world.sign("Lena", number, "approval", "lead", outcome="reject", comment="No.")
    world.use(new)
    told = world.as_("Mia").get(f"/cases/{number}").text
    assert "This case ran under an earlier version of its definition" in told
    assert "Who signs, in which order" not in told


def test_a_process_that_is_no_longer_used_is_said_to_be(world: World) -> None:
    number = world.open_system_patch("Sue")
    world.use(load_library().current("application-patch"))
    told = world.as_("Mia").get(f"/cases/{number}").text
    assert "No new cases of this process can be opened." in told
    page = world.as_("Mia").get("/definitions/system-patch?version=" + _version("system-patch"))
    assert "No new cases of this process can be opened" in page.text


def _version(process: str) -> str:
    return load_library().current(process).version


def test_what_differs_is_all_that_decides_and_nothing_else(tmp_path: Path) -> None:
    old, new = both_versions(tmp_path / "own")
    assert differences(old, old) == ()
    (file,) = differences(old, new)
    # The page repeats unchanged lines for context; what was added is one seat.
    assert (file.path, file.removed) == ("system-patch.yaml", 0)
    added = [line.text.strip() for h in file.hunks for line in h.lines if line.kind == "add"]
    assert sorted(added) == [
        "or: [systems-administration-leader]",
        "role: systems-administrator",
        "title: {en: witness}",
        "witness:",
    ]
    (back,) = differences(new, old)
    assert (back.added, back.removed) == (0, 4)


def test_a_changed_matrix_differs_too() -> None:
    old = load_library().current("system-patch")
    new = changed(old, "The Arbitrator holds an office", "The Arbitrator has an office")
    (file,) = differences(old, new)
    assert (file.path, file.added, file.removed) == ("exclusivity.yaml", 1, 1)
    assert file.hunks[0].header == "counts_as_other_role"


def test_the_order_of_steps_is_a_difference() -> None:
    # The order decides in which order people are asked; canonical JSON alone would hide it.
    old = load_library().current("system-patch")
    new = changed(old, '"approval","escalated"', '"escalated","approval"')
    assert differences(old, new)
