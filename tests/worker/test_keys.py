import json
import multiprocessing
import stat
from pathlib import Path

import pytest

from worker.errors import KeyFileError
from worker.keys import (
    CODEC_KEYS,
    LINK_SIGNING,
    WEB_SECRET,
    WEB_SIGNING,
    WORKER_SIGNING,
    Keys,
    load_keys,
    rotate_codec,
)

FILES = (WEB_SIGNING, WORKER_SIGNING, LINK_SIGNING, CODEC_KEYS, WEB_SECRET)


def test_missing_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "keys"
    first = load_keys(folder)
    assert again(load_keys(folder)) == again(first)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    for name in FILES:
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert first.web_signing.kid != first.worker_signing.kid


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, name: str) -> None:
    load_keys(tmp_path / "k")
    (tmp_path / "k" / name).chmod(0o640)
    with pytest.raises(KeyFileError, match=name):
        load_keys(tmp_path / "k")


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    load_keys(tmp_path / "k")
    (tmp_path / "k").chmod(0o755)
    with pytest.raises(KeyFileError, match=r"Others may read .*chmod 700"):
        load_keys(tmp_path / "k")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (WEB_SIGNING, ""),
        (WEB_SIGNING, "no json"),
        (WORKER_SIGNING, '{"kty": "RSA"}'),
        (CODEC_KEYS, "{}"),
        (CODEC_KEYS, '{"current": "a", "keys": {}}'),
        (CODEC_KEYS, '{"current": "a", "keys": {"a": "c2hvcnQ="}}'),
        (CODEC_KEYS, '{"current": "a", "keys": {"a": "%"}}'),
        (CODEC_KEYS, '{"current": "a", "keys": []}'),
        (WEB_SECRET, "\n"),
    ],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, name: str, text: str) -> None:
    load_keys(tmp_path / "k")
    (tmp_path / "k" / name).write_text(text)
    with pytest.raises(KeyFileError, match=name):
        load_keys(tmp_path / "k")


def test_rotation_keeps_the_old_keys(tmp_path: Path) -> None:
    old = load_keys(tmp_path / "k").codec
    new = rotate_codec(tmp_path / "k")
    assert new.current != old.current
    assert dict(new.keys).items() >= dict(old.keys).items()
    assert load_keys(tmp_path / "k").codec == new
    assert stat.S_IMODE((tmp_path / "k" / CODEC_KEYS).stat().st_mode) == 0o600
    assert json.loads((tmp_path / "k" / CODEC_KEYS).read_text())["current"] == new.current


def ids_of_keys(folder: Path) -> tuple[str, str, str, bytes]:
    return again(load_keys(folder))


def again(keys: Keys) -> tuple[str, str, str, bytes]:
    return keys.web_signing.kid, keys.worker_signing.kid, keys.codec.current, keys.web_secret


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(ids_of_keys, [tmp_path / "k"] * 8, chunksize=1)
    assert len(set(found)) == 1
    assert len(list((tmp_path / "k").iterdir())) == len(FILES)
