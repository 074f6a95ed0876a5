"""What a restore does to an installation that doesn't run, and what it refuses."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from store import tables
from store.access.sessions import begin_session
from store.record.verify import verify_record
from store.restoring import awaits_reconcile
from tests.support.databases import Databases
from tests.support.installation import Rows, executions, install, rows_of, settings_in
from worker.backup import backup
from worker.backup_manifest import MANIFEST, described, read_manifest
from worker.errors import CommandRefused
from worker.keys import CODEC_KEYS, LINK_SIGNING, WEB_SIGNING, load_keys, read_ring, rotate_codec
from worker.lock import only_one
from worker.restore import restore
from worker.rooms import open_database
from worker.settings import Settings

FIRST_ON = {"sqlite"}

AT = "2031-01-01T00:00:00.000Z"


@pytest.fixture(autouse=True)
def _nothing_left(databases: Databases) -> Iterator[None]:
    yield
    databases.drop()


@pytest.fixture
def settings(tmp_path: Path, databases: Databases) -> Settings:
    """An installation with somebody signed in, and a backup of it."""
    made = install(tmp_path / "data", databases)
    sign_in(made)
    backup(made, tmp_path / "backup")
    return made


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def sign_in(settings: Settings) -> None:
    with closing(open_database(settings)) as database, database.writing() as connection:
        person = connection.scalars(select(tables.people.c.person).limit(1)).one()
        begin_session(connection, person, {"kind": "link", "at": AT}, AT, hours=1)


def go_on(settings: Settings) -> None:
    """Let something happen after the backup, in both stores."""
    with closing(open_database(settings)) as database, database.writing() as connection:
        connection.execute(insert(tables.numbers).values(letter="z", day="20310101", n=1))
    with closing(sqlite3.connect(settings.data.folder / "temporal.sqlite")) as connection:
        connection.execute("INSERT INTO executions VALUES ('two')")
        connection.commit()


def numbers(rows: Rows) -> list[str]:
    return [row[0] for row in rows["numbers"]]


def standing(settings: Settings) -> tuple[Rows, list[str], dict[str, bytes]]:
    """Return everything that a refused restore must not change."""
    files = {path.name: path.read_bytes() for path in settings.keys_folder.iterdir()}
    return rows_of(settings), executions(settings), files


def test_it_comes_back_as_it_was_and_what_stood_there_is_kept(
    settings: Settings, kept: Path, databases: Databases
) -> None:
    before = rows_of(settings)
    go_on(settings)
    restored = restore(settings, kept, only=None, replace=True)
    after = rows_of(settings)
    assert executions(settings) == ["one"]
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"entries", "openings", "streams", "sessions", "sign_in_links", "marks"}
    with closing(open_database(settings)) as database:
        with database.reading() as connection:
            assert awaits_reconcile(connection)
            kinds = connection.scalars(
                select(tables.entries.c.kind)
                .where(tables.entries.c.stream == "system")
                .order_by(tables.entries.c.seq)
            ).all()
        assert list(kinds) == ["key", "key", "in-force", "restored"]
        assert verify_record(database).ok
    assert restored.aside is not None
    assert restored.aside.stat().st_mode & 0o777 == 0o700
    with closing(sqlite3.connect(restored.aside / "temporal.sqlite")) as connection:
        assert len(connection.execute("SELECT * FROM executions").fetchall()) == 2
    copy = "countersign.db" if databases.kind == "sqlite" else "countersign.pgdump"
    assert (restored.aside / copy).stat().st_mode & 0o777 == 0o600


def test_nobody_is_signed_in_afterwards(settings: Settings, kept: Path) -> None:
    assert rows_of(settings)["sessions"]
    restore(settings, kept, only=None, replace=True)
    after = rows_of(settings)
    assert after["sessions"] == []
    assert all(row[-1] is not None for row in after["sign_in_links"])


def test_it_goes_into_an_empty_installation(
    settings: Settings, kept: Path, tmp_path: Path, databases: Databases
) -> None:
    other = settings_in(tmp_path / "other", databases)
    restored = restore(other, kept, only=None, replace=False)
    assert restored.aside is None
    assert executions(other) == ["one"]
    assert rows_of(other)["people"] == rows_of(settings)["people"]
    for path in settings.keys_folder.iterdir():
        copy = other.keys_folder / path.name
        assert copy.read_bytes() == path.read_bytes()
        assert copy.stat().st_mode & 0o777 == 0o600


def test_a_backup_from_before_links_were_signed_is_restored(
    settings: Settings, kept: Path, tmp_path: Path, databases: Databases
) -> None:
    (kept / "keys" / LINK_SIGNING).unlink()
    manifest = read_manifest(kept)
    older = [file for file in manifest.files if not file.path.endswith(LINK_SIGNING)]
    (kept / MANIFEST).write_bytes(replace(manifest, files=tuple(older)).text())
    other = settings_in(tmp_path / "other", databases)
    restore(other, kept, only=None, replace=False)
    assert rows_of(other)["people"] == rows_of(settings)["people"]
    assert not (other.keys_folder / LINK_SIGNING).exists()
    load_keys(other.keys_folder)
    assert (other.keys_folder / LINK_SIGNING).stat().st_mode & 0o777 == 0o600


def test_temporal_alone_leaves_the_database_but_for_the_mark(
    settings: Settings, kept: Path
) -> None:
    go_on(settings)
    before = rows_of(settings)
    restored = restore(settings, kept, only="temporal", replace=True)
    assert restored.parts == ("temporal", "keys")
    assert executions(settings) == ["one"]
    after = rows_of(settings)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"entries", "openings", "streams", "marks"}


def test_the_database_alone_leaves_temporal(settings: Settings, kept: Path) -> None:
    go_on(settings)
    restore(settings, kept, only="database", replace=True)
    assert executions(settings) == ["one", "two"]
    assert numbers(rows_of(settings)) == []


def test_what_is_there_is_not_replaced_unasked(settings: Settings, kept: Path) -> None:
    before = standing(settings)
    with pytest.raises(CommandRefused, match="With --replace"):
        restore(settings, kept, only=None, replace=False)
    assert standing(settings) == before


def test_nothing_is_restored_under_what_runs(settings: Settings, kept: Path) -> None:
    before = standing(settings)
    with only_one(settings), pytest.raises(CommandRefused, match="Stop it there first"):
        restore(settings, kept, only=None, replace=True)
    with (
        closing(open_database(settings)) as database,
        database.reading(),
        pytest.raises(CommandRefused, match="Stop Countersign first"),
    ):
        restore(settings, kept, only=None, replace=True)
    assert standing(settings) == before


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _say(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


SPOILT: list[tuple[Callable[[Path], object], str]] = [
    (lambda folder: _flip(folder / "temporal.sqlite"), "isn't the file that was backed up"),
    (lambda folder: _flip(next(folder.glob("countersign.*"))), "isn't the file that was"),
    (lambda folder: _flip(folder / "keys" / CODEC_KEYS), "isn't the file that was"),
    (lambda folder: (folder / "keys" / WEB_SIGNING).unlink(), "so the backup isn't whole"),
    (lambda folder: (folder / "manifest.json").unlink(), "is no backup, or only half of one"),
    (shutil.rmtree, "is no backup"),
    (_say(format="countersign-backup/2"), "isn't a manifest of the format"),
    (_say(files=[{"path": "../keys", "part": "x", "size": 1, "sha256": ""}]), "isn't a manifest"),
    (_say(files=None), "isn't a manifest"),
    (_say(migration="9999"), "made by a newer version"),
    (_say(program="99.0"), "made by a newer version"),
    (_say(parts=[]), "holds no database"),
    (_say(database="other"), "The backup's database is other"),
]


def test_a_spoilt_backup_is_refused_and_changes_nothing(settings: Settings, kept: Path) -> None:
    before = standing(settings)
    for nth, (spoil, why) in enumerate(SPOILT):
        spoilt = kept.with_name(f"spoilt-{nth}")
        shutil.copytree(kept, spoilt)
        spoil(spoilt)
        with pytest.raises(CommandRefused, match=why):
            restore(settings, spoilt, only=None, replace=True)
    assert standing(settings) == before


def test_a_damaged_copy_that_the_manifest_takes_for_good_is_refused(
    settings: Settings, kept: Path
) -> None:
    before = standing(settings)
    path = kept / "temporal.sqlite"
    path.write_bytes(b"SQLite format 3\0" + b"\1" * 4096)
    manifest = json.loads((kept / "manifest.json").read_text())
    found = described(kept, path, "temporal")
    for file in manifest["files"]:
        if file["path"] == path.name:
            file.update(size=found.size, sha256=found.sha256)
    (kept / "manifest.json").write_text(json.dumps(manifest))
    assert read_manifest(kept).included()
    with pytest.raises(CommandRefused, match="isn't a whole SQLite database"):
        restore(settings, kept, only=None, replace=True)
    assert standing(settings) == before


def test_a_failure_in_the_middle_leaves_what_stood_there(settings: Settings, kept: Path) -> None:
    """Temporal's file comes last, and here something stands in its place that can't be replaced."""
    go_on(settings)
    rotate_codec(settings.keys_folder)
    ring = (settings.keys_folder / CODEC_KEYS).read_bytes()
    before = rows_of(settings)
    file = settings.data.folder / "temporal.sqlite"
    for path in settings.data.folder.glob("temporal.sqlite*"):
        path.unlink()
    (file / "something").mkdir(parents=True)
    with pytest.raises(CommandRefused, match="What stood there stands there still"):
        restore(settings, kept, only=None, replace=True)
    assert rows_of(settings) == before
    assert (settings.keys_folder / CODEC_KEYS).read_bytes() == ring
    assert (file / "something").is_dir()
    assert not list(settings.data.folder.glob(".*restoring*"))


def test_the_ring_keeps_every_key_that_either_has(settings: Settings, kept: Path) -> None:
    older = read_ring(settings.keys_folder / CODEC_KEYS)
    (settings.keys_folder / CODEC_KEYS).unlink()
    newer = load_keys(settings.keys_folder).codec
    restore(settings, kept, only=None, replace=True)
    joined = read_ring(settings.keys_folder / CODEC_KEYS)
    assert joined.current == newer.current
    assert joined.keys == {**older.keys, **newer.keys}


def test_another_key_under_the_same_id_is_refused(settings: Settings, kept: Path) -> None:
    path = settings.keys_folder / CODEC_KEYS
    ring = json.loads(path.read_text())
    ring["keys"][ring["current"]] = "A" * 43 + "="
    path.write_text(json.dumps(ring))
    before = standing(settings)
    with pytest.raises(CommandRefused, match="different keys under the id"):
        restore(settings, kept, only=None, replace=True)
    assert standing(settings) == before


def test_a_signing_key_newer_than_the_backup_stays_and_is_registered(
    settings: Settings, kept: Path
) -> None:
    (settings.keys_folder / WEB_SIGNING).unlink()
    new = load_keys(settings.keys_folder).web_signing
    restored = restore(settings, kept, only=None, replace=True)
    assert [said for said in restored.said if said.startswith("The web's signing key is newer")]
    assert load_keys(settings.keys_folder).web_signing.kid == new.kid
    with closing(open_database(settings)) as database:
        with database.reading() as connection:
            assert new.kid in connection.scalars(select(tables.keys.c.kid)).all()
        assert verify_record(database).ok
