"""What a backup holds, and what it refuses; nothing runs here (`test_restore_load.py` has that)."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from store import tables
from store.record.verify import verify_record
from tests.support.databases import Databases
from tests.support.installation import install, rows_of, settings_in
from worker.backup import backup
from worker.errors import CommandRefused
from worker.rooms import open_database

FIRST_ON = {"sqlite"}


@pytest.fixture(autouse=True)
def _nothing_left(databases: Databases) -> object:
    yield
    databases.drop()


def command(
    *words: str, environment: dict[str, str], most_bytes: int = resource.RLIM_INFINITY
) -> tuple[int, str]:
    """Run `countersign` with files of at most so many bytes; return status and words."""
    done = subprocess.run(
        [sys.executable, "-m", "worker", *words],
        # Python writes half a file of its own without a word when the limit is reached.
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_it_holds_everything_and_only_its_owner_reads_it(
    tmp_path: Path, databases: Databases
) -> None:
    settings = install(tmp_path / "data", databases)
    before = rows_of(settings)
    made = backup(settings, tmp_path / "backup").to_json()
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert manifest["format"] == "countersign-backup/1"
    assert made["parts"] == {
        "temporal": True,
        "database": True,
        "keys": True,
        "clock": False,
        "mail": False,
        "logs": False,
    }
    assert all(made["left_out"].values())
    files = {file["path"]: file for file in manifest["files"]}
    found = {path for path in (tmp_path / "backup").rglob("*") if path.is_file()}
    assert {str(path.relative_to(tmp_path / "backup")) for path in found} == {
        *files,
        "manifest.json",
    }
    for name, file in files.items():
        content = (tmp_path / "backup" / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
    for path in (tmp_path / "backup", *(tmp_path / "backup").rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    after = rows_of(settings)
    assert {name for name in before if after[name] != before[name]} == {
        "entries",
        "openings",
        "streams",
    }


def test_that_it_was_made_is_recorded(tmp_path: Path, databases: Databases) -> None:
    settings = install(tmp_path / "data", databases)
    made = backup(settings, tmp_path / "backup")
    openings, entries = tables.openings.c, tables.entries.c
    with closing(open_database(settings)) as database:
        with database.reading() as connection:
            recorded = connection.scalars(
                select(openings.value)
                .join(tables.entries, entries.act_id == openings.act_id)
                .where(entries.kind == "backup", openings.name == "manifest")
            ).all()
        assert recorded == [json.dumps(made.manifest.digest)]
        assert verify_record(database).ok


def test_a_cluster_of_somebody_elses_is_not_in_it(tmp_path: Path, databases: Databases) -> None:
    settings = install(
        tmp_path / "data", databases, temporal_mode="cluster", temporal_address="127.0.0.1:1"
    )
    made = backup(settings, tmp_path / "backup").to_json()
    assert not made["parts"]["temporal"]
    assert made["left_out"]["temporal"].startswith("the Temporal cluster is not ours")


def test_it_goes_into_an_empty_folder_and_into_no_other(
    tmp_path: Path, databases: Databases
) -> None:
    settings = install(tmp_path / "data", databases)
    before = rows_of(settings)
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "something").touch()
    file.touch()
    for folder, why in (
        (full, "isn't an empty folder"),
        (file, "isn't an empty folder"),
        (tmp_path / "none" / "backup", "There is no folder"),
        (Path("/proc/backup"), "can't be made"),
    ):
        with pytest.raises(CommandRefused, match=why):
            backup(settings, folder)
    assert rows_of(settings) == before
    assert list(full.iterdir()) == [full / "something"]
    (tmp_path / "empty").mkdir()
    backup(settings, tmp_path / "empty")
    assert (tmp_path / "empty" / "manifest.json").exists()


def test_where_nothing_is_there_is_nothing_to_back_up(tmp_path: Path, databases: Databases) -> None:
    settings = settings_in(tmp_path / "data", databases)
    with pytest.raises(CommandRefused, match="There is nothing to back up"):
        backup(settings, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, databases: Databases) -> None:
    settings = install(tmp_path / "data", databases)
    environment = {"PATH": "/usr/bin:/bin"} | settings.environment()
    least = 40_000 if databases.kind == "sqlite" else 20_000
    status, words = command(
        "backup", str(tmp_path / "b"), environment=environment, most_bytes=least
    )
    assert status == 1, words
    assert len(words.splitlines()) == 1, words
    assert "can't be copied" in words, words
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    status, words = command("backup", str(tmp_path / "b"), "--json", environment=environment)
    assert status == 0, words
    assert json.loads(words)["ok"]
    status, words = command("rebuild", environment=environment)
    assert (status, words) == (0, "Everything is as the record says.\n")


def test_without_postgresqls_programs_it_says_what_to_install(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = install(tmp_path / "data", databases)
    monkeypatch.setenv("PATH", str(tmp_path))
    if databases.kind == "sqlite":
        backup(settings, tmp_path / "backup")
        return
    with pytest.raises(CommandRefused, match="pg_dump isn't installed"):
        backup(settings, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
