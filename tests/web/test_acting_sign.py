"""Signing through pages: what is shown, what is signed, what is refused and what is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.signatures import SigningKey
from tests.support.acting import World, make_world


@pytest.fixture
def world(migrated: Path, tmp_path: Path, web_key: SigningKey) -> Iterator[World]:
    with make_world(migrated, tmp_path, web_key) as made:
        yield made


def test_a_system_patch_goes_from_form_to_done(world: World) -> None:
    number = world.open_system_patch("Sue")
    receipt = world.follow(
        "Lena", world.sign("Lena", number, "approval", "lead", outcome="approve")
    )
    assert "You signed: approve." in receipt.text
    world.follow("Sue", world.sign("Sue", number, "applying", "executor", outcome="applied"))
    world.follow("Sid", world.sign("Sid", number, "applying", "observer", outcome="applied"))
    done = world.sign(
        "Sue", number, "documenting", "scribe", outcome="document", log_entry="Upgraded webdb."
    )
    assert "Told" in world.follow("Sue", done).text
    assert world.state(number).ended == "done"
