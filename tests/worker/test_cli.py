"""The command line: sentences, statuses, and one JSON object.

Most of it is asked in this process, since starting one takes longer than what it then does.
"""

import json
import shutil
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from definitions.clock import SystemClock, parse, stamp
from store.access.links import find_link
from store.access.passwords import set_password
from store.directory import people
from tests.support.commanded import commanded
from tests.worker.test_up import countersign as started
from tests.worker.test_up import environment
from worker.rooms import open_database
from worker.settings import load_settings

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "worker" / "sample" / "community.csv"
XIMENA = "ximena.toralba@example.org"
HEADER = "name, emails, roles, leads, language\n"


def countersign(folder: Path, *arguments: str, **more: str) -> CompletedProcess[str]:
    return commanded(environment(folder, **more), *arguments)


@pytest.fixture(scope="module")
def founded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    assert countersign(folder, "init", str(SAMPLE)).returncode == 0
    return folder


@pytest.fixture
def founded(founded_once: Path, tmp_path: Path) -> Path:
    """Return a folder of its own with the sample community set up in it."""
    return Path(shutil.copytree(founded_once, tmp_path, dirs_exist_ok=True))


def test_help_names_every_command(tmp_path: Path) -> None:
    told = started(tmp_path, "--help")
    assert told.returncode == 0
    for command in ("up", "init", "migrate", "worker", "web", "link", "definitions", "record"):
        assert f"\n  {command} " in told.stdout


def test_a_community_is_set_up_once_and_warned_of(tmp_path: Path) -> None:
    done = countersign(tmp_path, "init", str(SAMPLE), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["ok"]
    assert len(told["people"]) == 25
    assert [(found["severity"], found["section"]) for found in told["findings"]] == [
        ("warned", "9.1.2")
    ]
    again = countersign(tmp_path, "init", str(SAMPLE))
    assert again.returncode == 1
    assert "already" in again.stderr


def test_what_the_policy_forbids_is_refused_and_nothing_is_founded(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(HEADER + "Ada Vex, ada@example.org, systems-administrator software-assessor, ,")
    refused = countersign(tmp_path, "init", str(file))
    assert refused.returncode == 1
    assert "3.4.2" in refused.stderr
    assert countersign(tmp_path, "init", str(SAMPLE)).returncode == 0


def test_a_link_is_made_for_an_address_of_somebody(founded: Path) -> None:
    made = countersign(founded, "link", " Ximena@HOME.example.org", "--json")
    told = json.loads(made.stdout)
    assert told["name"] == "Ximena Toralba"
    assert "/sign-in/" in told["link"]
    refused = countersign(founded, "link", "nobody@example.org")
    assert refused.returncode == 1
    assert "Nobody in the community" in refused.stderr


def test_a_link_lasts_long_only_for_who_has_no_password_yet(founded: Path) -> None:
    settings = load_settings(None, environment(founded))
    minutes = []
    with closing(open_database(settings)) as database:
        for password in (None, "a hash"):
            at = stamp(SystemClock().now())
            with database.writing() as connection:
                person = next(p for p in people(connection, at) if XIMENA in p.addresses)
                if password is not None:
                    set_password(connection, person.id, password, at)
            link = json.loads(countersign(founded, "link", XIMENA, "--json").stdout)["link"]
            with database.reading() as connection:
                found = find_link(connection, link.rsplit("/", 1)[-1], at)
            assert found is not None
            minutes.append(round((parse(found.expires_at) - parse(at)) / timedelta(minutes=1)))
    assert minutes == [4320, 15]


def test_the_record_is_verified_and_exported(founded: Path) -> None:
    report = json.loads(countersign(founded, "record", "verify", "--json").stdout)
    assert report["ok"] is True
    assert report["first_bad"] is None
    assert report["entries"] == 28
    file = founded / "record.jsonl"
    assert countersign(founded, "record", "export", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_text().splitlines()
    assert sum("entry" in json.loads(line) for line in lines) == 28
    assert countersign(founded, "record", "export").stdout.splitlines() == lines


def test_our_definitions_are_in_order_and_a_broken_one_is_not(tmp_path: Path) -> None:
    good = countersign(tmp_path, "definitions", "check", "--json")
    report = json.loads(good.stdout)
    assert good.returncode == 0
    assert report["ok"]
    keys = {"process", "version", "invariants", "always", "configurations", "ok", "findings"}
    assert all(set(one) == keys for one in report["definitions"])
    assert {"system-patch", "application-patch"} <= {
        one["process"] for one in report["definitions"]
    }
    broken = tmp_path / "broken.yaml"
    broken.write_text("process: broken\n")
    for path in (broken, tmp_path):
        bad = countersign(tmp_path, "definitions", "check", "--json", str(path))
        report = json.loads(bad.stdout)
        assert bad.returncode == 1
        assert report["ok"] is False
        [finding] = next(one for one in report["definitions"] if not one["ok"])["findings"][:1]
        assert finding["file"] == "broken.yaml"
        assert finding["sentence"]
        assert finding["remedy"]
    words = countersign(tmp_path, "definitions", "check", str(broken))
    assert "broken.yaml:1:" in words.stdout


def test_the_check_asks_who_of_the_directory_could_sign(founded: Path) -> None:
    asked = countersign(founded, "definitions", "check", "--staff", "--json")
    assert asked.returncode == 0  # the definitions are in order, whoever there is
    staff = {one["process"]: one for one in json.loads(asked.stdout)["staff"]}
    assert staff["system-patch"]["ok"]
    assert list(staff["system-patch"]["leaving"].values()) == [["approval", "escalated"]]
    assert not staff["application-patch"]["ok"]
    assert {each["step"] for each in staff["application-patch"]["findings"]} == {"review", "test"}
    words = countersign(founded, "definitions", "check", "--staff").stdout
    assert "Without Bartho Limmerick nobody could do: “Approve the patch”" in words
    assert "done at high risk: it needs" in words


def test_the_schema_is_the_committed_one(tmp_path: Path) -> None:
    printed = countersign(tmp_path, "definitions", "schema").stdout
    assert printed == (ROOT / "definitions" / "schema.json").read_text(encoding="utf-8")


def test_a_process_ends_as_the_command_does(founded: Path) -> None:
    for arguments, status in (
        (["record", "verify", "--json"], 0),
        (["link", "nobody@example.org"], 1),
    ):
        process, here = started(founded, *arguments), countersign(founded, *arguments)
        assert process.returncode == here.returncode == status
        assert (process.stdout, process.stderr) == (here.stdout, here.stderr)


@pytest.mark.parametrize(
    ("arguments", "variables", "status", "sentence"),
    [
        (["nonsense"], {}, 2, "No such command"),
        (["init", "none.csv"], {}, 2, "does not exist"),
        (["--config", "none.toml", "migrate"], {}, 1, "can't be read"),
        (["migrate"], {"COUNTERSIGN_WEB_PORT": "x"}, 1, "web.port must be a whole number"),
        (["migrate"], {"COUNTERSIGN_STORE_DATABASE_URL": "sqlite:////proc/x"}, 1, "/proc/x"),
        (
            ["migrate"],
            {"COUNTERSIGN_STORE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"},
            1,
            "The database can't be used",
        ),
        (["migrate"], {"COUNTERSIGN_DEFINITIONS_FOLDERS": "/none"}, 1, "no such folder"),
        (["record", "verify"], {}, 1, "no such table"),
        (["worker"], {}, 1, "temporal.address isn't set"),
    ],
)
def test_what_goes_wrong_is_a_sentence(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], status: int, sentence: str
) -> None:
    # The worker sets up logging before it looks for its server.
    run = started if arguments == ["worker"] else countersign
    failed = run(tmp_path, *arguments, **variables)
    assert failed.returncode == status
    assert sentence in failed.stderr
    assert "Traceback" not in failed.stderr
    assert failed.stdout == ""
