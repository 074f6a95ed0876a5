"""What the pages for reading cost the server: milliseconds of CPU, with one case and with many.

`python -m bench.pages [CASES]` prints one line a page. Informational: nothing is asserted, and
the goal is 50 ms.
"""

import sys
import tempfile
import time
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from store.database import Database
from store.settings import StoreSettings
from store.signatures import SigningKey
from tests.support.acting import World, make_world
from tests.support.copies import copies

ROUNDS = 20


def measure(world: World, name: str, path: str) -> float:
    """Return how much CPU time a page takes, in milliseconds."""
    world.as_(name).get(path)
    begun = time.process_time()
    for _ in range(ROUNDS):
        answer = world.as_(name).get(path)
        if answer.status_code != HTTPStatus.OK:
            raise SystemExit(f"{path} answered {answer.status_code}")
    return (time.process_time() - begun) * 1000 / ROUNDS


def main(cases: int) -> None:
    """Fill an installation and measure its pages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template").mkdir()
        (folder / "world").mkdir()
        template = folder / "template" / "countersign.db"
        database = Database(StoreSettings(f"sqlite:///{template}"))
        database.migrate()
        database.close()
        key = SigningKey.create(folder / "web-signing.jwk")
        with make_world(template, folder / "world", key) as world:
            patch = world.open_application_patch("Mia")
            world.stack.clock.pass_time(timedelta(minutes=1))
            copies(world, world.open_system_patch("Sue"), cases)
            for person, path in (
                ("Lena", "/inbox"),
                ("Rose", f"/cases/{patch}"),
                ("Mia", "/definitions/application-patch"),
            ):
                print(f"{path}: {measure(world, person, path):.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
