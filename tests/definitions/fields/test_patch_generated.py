"""Patches made by real git, of anything that it takes: they are read as git reads them.

Each round is a repository, made at random from its seed, and every commit of it a patch in some of
git's options, settings and forms of mail. People are held against `git log` and `git
interpret-trailers`, files and counts against `git apply --numstat`.
"""

from __future__ import annotations

import base64
import os
import quopri
import subprocess
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from definitions.fields.display import diff_lines
from definitions.fields.errors import FieldError
from definitions.fields.message import read_trailers, role_of
from definitions.fields.patch import Patch, PatchSet, parse_patch
from definitions.fields.text import visible, visible_line

COMMITS = 30
ROUNDS = 10
SOAK_ROUNDS = 100
NAMES = (
    "Ana Vzor", "Zoë Ünïversal", "Vzor, Ana", "Ana Vzor (@anavzor)", "helper[bot]", "O'Vzor",
    'Ana "Ani" Vzor', "J. R. Vzor", "王小明", "Ана Взор", "علی\u200cرضا", "Ana 👩\u200d💻", "ana",  # noqa: RUF001
    "Ana Vzor (Vzor Ltd)", "Ana @ Vzor", "Ana: Vzor", "Ana; Vzor", "A" * 70,
    "Ein sehr langer Name mit Ümläuten, der gefaltet werden muss, weil er so lang ist",
)  # fmt: skip
ADDRESSES = (
    "ana@example.org", "Ana.Vzor+git@Example.ORG", "1+helper[bot]@users.noreply.github.com",
    "ana@my_host.example.org", "o'vzor@example.org", "ana@localhost", "root@box.(none)",
    "ana@xn--exmple-cua.org", "ana=vzor@example.org",
    "ana_vzor@8f6c0d2e-0000-1111-2222-abcdefabcdef",
)  # fmt: skip
MAKING = (
    "Co-authored-by", "Original-patch-by", "Implemented-by", "Helped-by", "Mentored-by",
    "Co-developed-by", "Written-by", "Reported-and-fixed-by", "Patch by", "Idea-from",
)  # fmt: skip
KEYS = (
    *MAKING, "Signed-off-by", "Reviewed-by", "Tested-by", "Reported-and-tested-by",
    "Cc", "Acked-by",
)  # fmt: skip
PLAIN = ("Link: https://example.org/1", "Fixes: #12", "Change-Id: I0123456789abcdef", "Bug:42",
         "Empty:", "Key with blanks: no")  # fmt: skip
PATHS = (
    "a.txt", "docs/b c.txt", "docs/Über uns.md", 'q"uote', "tab\there", "new\nline", "back\\slash",
    "b/b b/b", " lead", "trail ", "漢字/ö", "x" * 90 + "/y", "a/b/c/d/e", "-- ", "--- a/x",
    "dev/null", "\U0001f600", "semi;colon", "$x`y", "diff --git a/x b/x",
)  # fmt: skip
LINES = (
    "", " ", "one", "two", "-- ", "--- a/x", "+++ b/x", "@@ -1 +1 @@", "\ttab",
    "diff --git a/x b/x",
    "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001", "ö\u202e", "cr\r",
    "\\ No newline at end of file", "Co-authored-by: Eve <eve@example.org>", "x" * 200, "trail  ",
)  # fmt: skip
PROSE = (
    "This changes a thing.", "It is short: so.", "    make check", "  * a list", "See a@b.", "x: y",
    "(cherry picked from commit 0123456789012345678901234567890123456789)", "# a comment",
    "[ana: adapted the test]", "Größe.", "> quoted", "http://example.org/x", "# x: y",
)  # fmt: skip
OPTIONS = (
    "-k", "--zero-commit", "--shortstat", "--numstat", "--raw", "--dirstat", "--summary", "-p",
    "--compact-summary", "--stat=200", "-U0", "-U10", "-W", "--full-index", "--no-binary", "-M",
    "-C", "--find-copies-harder", "-B", "--no-renames", "--no-signature", "--signature=x: y",
    "--minimal", "--patience", "--histogram", "--from=Sam Sender <sam@example.org>", "--signoff",
    "--thread", "--in-reply-to=<1@example.org>", "--to=To <to@example.org>", "--rfc", "-v2", "-n",
    "--cc=Cc <cc@example.org>", "--add-header=X-Vzor: 1", "--subject-prefix=PATCH vzor",
    "--no-encode-email-headers", "--encode-email-headers", "--abbrev=40", "--base=HEAD~1",
    "--inter-hunk-context=3", "--no-stat", "--patch-with-raw", "--no-prefix", "--progress",
)  # fmt: skip
SETTINGS = (
    "diff.suppressBlankEmpty=true", "diff.mnemonicPrefix=true", "core.quotePath=false",
    "diff.noprefix=true", "diff.renames=copies", "diff.context=1", "format.signOff=true",
    "diff.interHunkContext=2", "core.abbrev=no", "format.from=true", "format.numbered=true",
    "diff.algorithm=histogram", "diff.noprefix=false", "diff.wsErrorHighlight=all",
    "color.ui=true", "diff.submodule=log", "diff.colorMoved=zebra", "format.thread=deep",
)  # fmt: skip
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_COMMITTER_NAME": "Com Mitter", "GIT_COMMITTER_EMAIL": "com@example.org", "LC_ALL": "C",
}  # fmt: skip


@dataclass
class Git:
    """A repository made at random.

    Attributes:
        tree: What the last commit has, by path.
        makers: Per commit, whom its message names for more than reading or trying it.
        commits: The hashes, in order.
    """

    folder: Path
    random: Random
    tree: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    makers: list[set[str]] = field(default_factory=list)
    commits: tuple[str, ...] = ()

    def run(self, *arguments: str, given: bytes = b"", settings: tuple[str, ...] = ()) -> bytes:
        told = [part for setting in settings for part in ("-c", setting)]
        done = subprocess.run(
            ["git", *told, *arguments], cwd=self.folder, input=given, check=True,
            env=ENVIRONMENT | {"HOME": str(self.folder)}, capture_output=True,
        )  # fmt: skip
        return done.stdout

    def make(self, commits: int) -> tuple[str, ...]:
        self.run("init", "--quiet", "--initial-branch=main", ".")
        stream = b"".join(self.commit(number) for number in range(commits))
        self.run("fast-import", "--quiet", "--date-format=raw", given=stream + b"done\n")
        self.commits = tuple(self.run("rev-list", "--reverse", "main").decode().split())
        return self.commits

    def commit(self, number: int) -> bytes:
        name, address = self.random.choice(NAMES), self.random.choice(ADDRESSES)
        zone = self.random.choice(["+0100", "-0330", "+0000", "+1245"])
        when = f"{1_700_000_000 + number * 100} {zone}"
        self.makers.append(set())
        message = self.message().encode()
        head = (
            f"commit refs/heads/main\nauthor {name} <{address}> {when}\n"
            f"committer Com Mitter <com@example.org> {when}\ndata {len(message)}\n"
        )
        return head.encode() + message + b"\n" + b"".join(self.changes()) + b"\n"

    def message(self) -> str:
        pick = self.random
        subject = pick.choice(["Change a thing", "Größe ändern", "x" * 90, "[tag] a: b", "fix\nit"])
        parts = [subject]
        parts += [self.lines(lambda: pick.choice(PROSE), 3) for _ in range(pick.randrange(3))]
        parts += [self.lines(self.trailer, 4) for _ in range(pick.randrange(3))]
        return "\n\n".join(parts) + "\n"

    def lines(self, one: Callable[[], str], most: int) -> str:
        return "\n".join(one() for _ in range(self.random.randint(1, most)))

    def trailer(self) -> str:
        pick = self.random
        kind = pick.random()
        if kind < 0.2:
            return pick.choice(PLAIN)
        if kind < 0.3:
            return pick.choice(PROSE)
        name, address = pick.choice(NAMES), pick.choice(ADDRESSES)
        folded = pick.choice([" ", " ", " ", "\n ", "\n\t"])
        indented = pick.choice(["", "", "", "", "    "])
        key = pick.choice(KEYS)
        if key in MAKING:
            self.makers[-1].add(address.lower())
        return f"{indented}{key}: {name}{folded}<{address}>"

    def changes(self) -> list[bytes]:
        pick = self.random
        lines = []
        for _ in range(pick.randint(1, 4)):
            kind = pick.random()
            if self.tree and kind < 0.12:
                old = pick.choice(sorted(self.tree))
                del self.tree[old]
                lines.append(f"D {quoted(old)}\n".encode())
            elif self.tree and kind < 0.25:
                old, new = pick.choice(sorted(self.tree)), self.path()
                if new is not None:
                    self.tree[new] = self.tree.pop(old)
                    lines.append(f"R {quoted(old)} {quoted(new)}\n".encode())
            elif self.tree and kind < 0.8:
                lines.append(self.put(pick.choice(sorted(self.tree))))
            else:
                new = self.path()
                lines += [] if new is None else [self.put(new)]
        return lines

    def path(self) -> str | None:
        """Return a path that no other stands in the way of."""
        path = self.random.choice(PATHS)
        taken = any(
            f"{a}/".startswith(f"{b}/") for p in self.tree for a, b in ((p, path), (path, p))
        )
        return None if taken else path

    def put(self, path: str) -> bytes:
        pick = self.random
        mode, content = self.tree.get(path, ("100644", b""))
        kind = pick.random()
        if kind < 0.1:
            mode = pick.choice(["100755", "100644"])
        elif kind < 0.15:
            mode, content = "120000", pick.choice([b"target", b"a b"])
        elif kind < 0.2:
            mode, content = "160000", b"%040x" % pick.getrandbits(160)
        elif kind < 0.3:
            mode, content = "100644", bytes(pick.randrange(256) for _ in range(200)) + b"\0"
        else:
            mode = mode if mode.startswith("100") else "100644"
            content = self.text(b"" if b"\0" in content else content)
        self.tree[path] = mode, content
        if mode == "160000":
            return f"M 160000 {content.decode()} {quoted(path)}\n".encode()
        head = f"M {mode} inline {quoted(path)}\ndata {len(content)}\n"
        return head.encode() + content + b"\n"

    def text(self, old: bytes) -> bytes:
        pick = self.random
        lines = old.decode("utf-8", "replace").split("\n")[:60]
        for _ in range(pick.randint(1, 8)):
            place = pick.randrange(len(lines) + 1)
            lines[place : place + pick.randrange(2)] = [pick.choice(LINES)] * pick.randint(1, 3)
        return ("\n".join(lines) + pick.choice(["\n", "\n", ""])).encode()


def quoted(path: str) -> str:
    """Return a path as fast-import takes it."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def mailed(random: Random, raw: bytes) -> bytes:
    """Return a patch in one of the forms in which mail programs carry it."""
    form = random.randrange(6)
    head, _, body = raw.partition(b"\n\n")
    if form == 0 and b"\r" not in raw:
        return raw.replace(b"\n", b"\r\n")
    if form > 2 or b"Content-Transfer-Encoding" not in head:
        return raw
    name, encoded = (
        (b"base64", base64.encodebytes(body))
        if form == 1
        else (b"quoted-printable", quopri.encodestring(body))
    )
    head = head.replace(b"Content-Transfer-Encoding: 8bit", b"Content-Transfer-Encoding: " + name)
    return head + b"\n\n" + encoded


def numstat(git: Git, raw: bytes) -> list[tuple[str, str, str]]:
    found = []
    for line in git.run("apply", "--numstat", "-z", given=raw).split(b"\0")[:-1]:
        added, removed, path = line.split(b"\t", 2)
        shown = visible_line(path.decode("utf-8", "backslashreplace"))
        found.append((added.decode(), removed.decode(), shown))
    return sorted(found)


def counted(patch: Patch) -> list[tuple[str, str, str]]:
    return sorted(
        ("-" if file.binary else str(file.added), "-" if file.binary else str(file.removed),
         file.new_path or file.old_path or "")
        for file in patch.files
    )  # fmt: skip


def trailers(git: Git, lines: Sequence[str]) -> list[tuple[str, str]]:
    message = "".join(f"{line}\n" for line in lines).encode()
    told = git.run("interpret-trailers", "--parse", "--no-divider", given=message).decode()
    pairs = [line.partition(":")[::2] for line in told.split("\n") if line]
    return [(key, value.strip(" \t")) for key, value in pairs]


def check(git: Git, commit: str, options: list[str], settings: tuple[str, ...]) -> bool:
    """Hold one patch against git; False if git makes none of the commit."""
    base = ["--root"] if commit == git.commits[0] else []
    options = [one for one in options if not (base and one.startswith("--base"))]
    try:
        raw = git.run("format-patch", "--stdout", *options, *base, "-1", commit, settings=settings)
    except subprocess.CalledProcessError:  # git doesn't take these options together
        return False
    if not raw:
        return False
    about = f"{commit} {options} {settings}\n{raw.decode('utf-8', 'replace')}"
    last = [one for one in settings if one.startswith("diff.noprefix")][-1:]
    noprefix = "--no-prefix" in options or last == ["diff.noprefix=true"]
    if noprefix and b"\ndiff --git " in raw.partition(b"\n\n")[2]:
        with pytest.raises(FieldError) as refusal:
            parse_patch(raw)
        assert "diff.noprefix" in refusal.value.remedy, f"{refusal.value}\n{about}"
        return True
    try:
        found = parse_patch(mailed(git.random, raw))
    except FieldError as error:
        pytest.fail(f"{error}\n{about}")
    (patch,) = found.patches
    assert counted(patch) == numstat(git, raw), about
    assert len(list(diff_lines(raw))) == found.files
    check_people(git, found, commit, about)
    if "--signoff" not in options and "format.signOff=true" not in settings:
        check_trailers(git, patch, commit, about)
    return True


def check_people(git: Git, patches: PatchSet, commit: str, about: str) -> None:
    """Who wrote it, or may have, is found; who reviewed, tested or reported it alone isn't."""
    name, address = git.run("show", "-s", "--format=%an%x00%ae", commit).decode()[:-1].split("\0")
    said = " ".join(unicodedata.normalize("NFC", name).split())
    (patch,) = patches.patches
    assert (said, address.lower()) in {(one.name, one.address) for one in patch.authors}, about
    makers = {address.lower(), *git.makers[git.commits.index(commit)]}
    found = set(patches.addresses())
    assert makers <= found, (makers - found, about)
    assert found <= {*makers, "sam@example.org", "com@example.org"}, (found - makers, about)


def check_trailers(git: Git, patch: Patch, commit: str, about: str) -> None:
    message = git.run("show", "-s", "--format=%B", commit).decode().rstrip("\n").split("\n")
    expected = [(k, visible(v)) for k, v in trailers(git, message) if not role_of(k)]
    assert [(one.key, one.value) for one in patch.trailers] == expected, about


def one_round(folder: Path, seed: int, commits: int) -> int:
    git = Git(folder, Random(seed))  # noqa: S311 - to be repeated
    made = git.make(commits)
    return sum(
        check(
            git,
            commit,
            git.random.sample(OPTIONS, git.random.randrange(5)),
            tuple(git.random.sample(SETTINGS, git.random.randrange(3))),
        )
        for commit in made
    )


MESSAGE_LINES = (
    "", "Link: x", "Signed-off-by: A <a@b>", "Signed-off-by:A <a@b>", "prose here", "prose: here",
    "(cherry picked from commit abc)", "  indented", " k: v", "\ttab", "# c", "# k: v", "key : v",
    "a b: v", "k-1:v", "-: x", "1: 2", "http://x", "k:", "  ", "Conflicts:", "\tfile", "K_x: y",
    "Fixes:\t#1 ", "é: x", "> q: x", "[x]", "k: v:", "k:\u00a0v", "--- x",
)  # fmt: skip


def held_against_interpret_trailers(git: Git, messages: int) -> None:
    pick = git.random
    for _ in range(messages):
        lines = [pick.choice(["subject", "# c", "k: v", "two words"])]
        lines += [pick.choice(MESSAGE_LINES) for _ in range(pick.randrange(10))]
        expected = [(key, value.strip(" \t")) for key, value in trailers(git, lines)]
        assert list(read_trailers(lines)) == expected, lines


def test_trailers_are_those_that_git_finds(tmp_path: Path) -> None:
    held_against_interpret_trailers(Git(tmp_path, Random(5)), 300)  # noqa: S311 - to be repeated


@pytest.mark.soak
def test_trailers_of_thousands_of_messages_are_those_that_git_finds(tmp_path: Path) -> None:
    seed = int(os.environ.get("FAULTS_SEED", "20261123"))
    held_against_interpret_trailers(Git(tmp_path, Random(seed)), 10_000)  # noqa: S311 - as above


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_git_makes_is_read_as_git_reads_it(tmp_path: Path, seed: int) -> None:
    assert one_round(tmp_path, seed, COMMITS) > COMMITS // 2


@pytest.mark.soak
def test_thousands_that_git_makes_are_read_as_git_reads_them(tmp_path: Path) -> None:
    first = int(os.environ.get("FAULTS_SEED", "20261123"))
    for seed in range(first, first + SOAK_ROUNDS):
        (tmp_path / str(seed)).mkdir()
        assert one_round(tmp_path / str(seed), seed, COMMITS), seed
