"""A real commit of this repository, on a fresh `countersign up`, by people of one's own.

Its author's address is found out from git, so the community is written here: one Software
Assessor has that address and another, and may review neither what they wrote under the one nor
what they wrote under the other (Policy 7.4).
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.support.eventually import LIMIT_SECONDS
from tests.support.visitor import Typed, Visitor, visiting
from tests.worker.test_parts import until_dead
from tests.worker.test_up import countersign, up

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
SECOND = "perpetua@second.example.org"
LEADER, ASSESSOR = "lothar@example.org", "brunhild@example.org"
TESTERS = ("agathe@example.org", "oswin@example.org")
EXECUTOR, OBSERVER = "malwine@example.org", "tiburtius@example.org"
MEMBER = "kunigunde@example.org"
PEOPLE = f"""name,emails,roles,leads,language
Perpetua Zweigenthal,AUTHOR {SECOND},software-assessor,,en
Lothar Quastenberg,{LEADER},software-assessor,software-assessment,en
Brunhild Ackerfeld,{ASSESSOR},software-assessor,,en
Agathe Nimmerwohl,{TESTERS[0]},tester,,en
Oswin Karpfenteich,{TESTERS[1]},tester,,en
Malwine Sturzbach,{EXECUTOR},systems-administrator,systems-administration,en
Tiburtius Holm,{OBSERVER},systems-administrator,,en
Kunigunde Fahl,{MEMBER},,,en
"""
REVIEW: Typed = {"I have written no part of this patch, under whatever name or address.": True}
TESTED: Typed = {"Build": "Builds cleanly", "Test status": "make test passes."}


def git(folder: Path, *arguments: str, **more: str) -> str:
    """Run git, without anybody's own configuration."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments]
    return subprocess.run(
        command, env=environment | more, check=True, capture_output=True, text=True, timeout=120
    ).stdout


def latest_commit_of_text() -> str:
    """Return the newest commit that changes files of text and nothing else, and few of them."""
    for commit in git(ROOT, "log", "--no-merges", "--max-count=50", "--format=%H").split():
        changes = git(ROOT, "show", "--format=", "--numstat", commit).splitlines()
        if changes and len(changes) < 20 and not any(line.startswith("-") for line in changes):
            return commit
    pytest.fail("This clone has no history to take a patch from: fetch more than one commit.")


def format_patch(repository: Path, commit: str, folder: Path) -> Path:
    """Return the file that `git format-patch` makes of a commit."""
    made = git(repository, "format-patch", "-1", f"--output-directory={folder}", commit)
    return Path(made.strip())


def commit_by(folder: Path, address: str) -> str:
    """Make a repository with one small commit, written under this address; return the commit."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "escrow.txt").write_text("An envelope without a name is not sealed.\n")
    git(folder, "add", "escrow.txt")
    who = {
        f"GIT_{role}_{what}": text
        for role in ("AUTHOR", "COMMITTER")
        for what, text in (("NAME", "P. Z."), ("EMAIL", address))
    }
    git(folder, "commit", "--quiet", "--message", "Say what a sealed envelope is", **who)
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def author() -> str:
    return git(ROOT, "log", "-1", "--format=%ae", latest_commit_of_text()).strip().lower()


@pytest.fixture
def community(tmp_path: Path, author: str) -> Path:
    """A folder in which the community has been set up, and nothing runs yet."""
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE.replace("AUTHOR", author), encoding="utf-8")
    founded = countersign(tmp_path, "init", str(file), "--json")
    assert founded.returncode == 0, founded.stderr
    assert json.loads(founded.stdout)["ok"]
    return tmp_path


@contextmanager
def running(folder: Path) -> Iterator[dict[str, Any]]:
    """Run `countersign up`, then stop it as Ctrl-C does: all ends, cleanly, and nothing stays."""
    with up(folder, "--no-sample") as (process, ready):
        yield ready
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_SECONDS) == 0
        for pid in ready["pids"].values():
            until_dead(pid)


def entries(folder: Path) -> int:
    """Verify the record; return how many entries it has."""
    found = json.loads(countersign(folder, "record", "verify", "--json").stdout)
    assert found["ok"], found
    return int(found["entries"])


def refused_by_7_4(author: Visitor, number: str, review: str) -> None:
    """The author reads on the case why they may not sign, and again if they go there anyway."""
    page = author.page
    page.goto(review.partition("/sign/")[0])
    expect(page.get_by_role("heading", name="Why you can't sign")).to_be_visible()
    answer = page.goto(review)
    assert answer
    assert answer.status == 403
    said = page.locator(".box-bad")
    expect(said.get_by_role("link", name="7.4")).to_be_visible()
    expect(said).to_contain_text("you are the author")
    assert not author.waits(number)


def test_a_real_patch_by_three_people_and_never_by_its_author(
    community: Path, author: str, browser: Browser
) -> None:
    def link_for(address: str) -> tuple[str, str]:
        found = json.loads(countersign(community, "link", address, "--json").stdout)
        # Its port is the one of the settings: 0, for a free one.
        return found["name"], ready["url"] + urlsplit(found["link"]).path

    def open_by(address: str, patch: Path) -> str:
        return people[address].open(
            "Patch to the application",
            {
                "Patch": patch,
                "Risk": "Low: texts, layout, documentation",
                "What it changes and why": "As its message says.",
            },
        )

    patch = format_patch(ROOT, latest_commit_of_text(), community)
    again = format_patch(community / "own", commit_by(community / "own", SECOND), community)
    with running(community) as ready, visiting(browser, link_for) as people:
        number = open_by(author, patch)
        people[LEADER].sign(
            number, "Sign: approve", REVIEW, seat="team leader or designated reviewer"
        )
        people[ASSESSOR].take(number)
        refused_by_7_4(people[author], number, people[ASSESSOR].page.url)
        people[ASSESSOR].sign(number, "Sign: approve", REVIEW)
        people[TESTERS[0]].sign(number, "Sign: passed", TESTED)
        people[TESTERS[1]].sign(number, "Sign: passed", TESTED)
        people[EXECUTOR].sign(number, "Sign: applied", seat="executor")
    # Stopped between two signatures that belong together, and started again.
    with running(community) as ready, visiting(browser, link_for) as people:
        people[OBSERVER].sign(number, "Sign: applied")
        page = people[OBSERVER].page
        people[OBSERVER].look_at(number)
        expect(page.locator(".standing .tag")).to_have_text("Applied")
        # A further one, written under the other address, submitted by somebody else.
        further = open_by(MEMBER, again)
        people[ASSESSOR].take(further)
        before = entries(community)
        refused_by_7_4(people[SECOND], further, people[ASSESSOR].page.url)
        assert entries(community) == before
