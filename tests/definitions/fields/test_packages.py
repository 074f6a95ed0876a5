"""What `apt list --upgradable` prints."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.canonical import digest
from definitions.fields.errors import FieldError
from definitions.fields.packages import (
    PackagesLimits,
    PackageUpgrade,
    packages_from_json,
    packages_to_json,
    parse_upgradable,
    read_upgradable,
)

REAL = Path(__file__).with_name("data").joinpath("apt-upgradable-debian12.txt").read_text("utf-8")
BASH = "bash/stable,bookworm-security 1:5.2-2+b8 amd64 [upgradable from: 1:5.2-2+b7]"
SED = "sed/stable 4.9-1+deb12u1 amd64 [upgradable from: 4.9-1]"


def test_a_real_list_is_read_line_by_line() -> None:
    packages = parse_upgradable(REAL)
    assert len(packages) == len(REAL.splitlines()) - 1
    assert packages[0] == PackageUpgrade(
        "appstream", "amd64", "0.16.1-2", "0.16.1-2+b1", ("oldstable",), security=False
    )
    krb5 = next(package for package in packages if package.name == "krb5-locales")
    assert krb5.origins == ("oldstable", "oldstable-security")
    assert krb5.security
    rebuilt = [
        f"{p.name}/{','.join(p.origins)} {p.new} {p.architecture} [upgradable from: {p.old}]"
        for p in packages
    ]
    assert rebuilt == REAL.splitlines()[1:]


def test_json_and_back() -> None:
    packages = parse_upgradable(REAL)
    kept = packages_to_json(packages)
    assert packages_from_json(kept) == packages
    assert len(digest(kept)) == 64
    for wrong in (None, [{"name": "bash"}], [kept[0] | {"more": 1}], [kept[0] | {"old": 1}]):
        with pytest.raises(FieldError, match="isn't in the form"):
            packages_from_json(wrong)


@pytest.mark.parametrize(
    "text",
    [
        f"{BASH}\n{SED}",
        f"Listing... Done\r\n{BASH}\r\n{SED}\r\n",
        (
            f"\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n"
            f"Listing...\n  {BASH}  \n\t{SED}\n2 packages can be upgraded.\n"
        ),
        (
            f"> > Listing...\n> >  {BASH}\n>>{SED}\n>\n"
            "> 2 packages can be upgraded. Run 'apt list --upgradable' to see them."
        ),
        f"{BASH}\n{BASH}\n{SED}\n",
        (
            f"{BASH}\n{SED}\nN: There are 3 additional versions. "
            "Please use the '-a' switch to see them."
        ),
    ],
)
def test_quoted_and_decorated_lists_are_the_same(text: str) -> None:
    assert [p.name for p in parse_upgradable(text)] == ["bash", "sed"]
    assert [p.security for p in parse_upgradable(text)] == [True, False]


def test_one_package_of_two_architectures_is_two() -> None:
    both = parse_upgradable(f"{SED}\n{SED.replace('amd64', 'i386')}")
    assert [p.architecture for p in both] == ["amd64", "i386"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "names no package"),
        ("Listing...\n", "names no package"),
        ("All packages are up to date.", "names no package"),
        (f"{SED}\nrm -rf /", "Line 2 isn't one that apt prints: “rm -rf /”"),
        (SED.replace("[upgradable from", "[aktualisierbar von"), "Line 1 isn't"),
        (SED.replace("[upgradable from: 4.9-1]", "[installed]"), "Line 1 isn't.*without `--upg"),
        (f"{SED}\nE: The repository is not signed.", "Line 2 is an error of apt's"),
        (f"{SED}\nError: The repository is not signed.", "Line 2 is an error of apt's"),
        (SED.replace("stable", "sta\u202eble"), "Line 1 isn't"),
        (SED.replace("stable", ""), "Line 1 isn't"),
        (SED.replace("stable", "stable,"), "Line 1 isn't"),
        (SED.replace(" 4.9-1+deb12u1", " 4:9:1-"), "Line 1 isn't"),
        (SED.replace(" 4.9-1+deb12u1", " 4.9:1-1"), "Line 1 isn't"),
        (f"{SED}\n{SED.replace('deb12u1', 'deb12u2')}", "Line 2 names sed .amd64. a second"),
        (f"{SED}\n{SED.replace('stable', 'unknown')}", "a second time"),
        (f"{SED}\n3 packages can be upgraded.", "says that 3 packages .* names 1"),
        (SED.replace("sed/", "S/"), "Line 1 isn't"),
        (SED.replace("sed/", "s/"), "Line 1 isn't"),
        (SED.replace("4.9-1+deb12u1", "v4.9"), "Line 1 isn't"),
        (SED.replace("4.9-1+deb12u1", "4.9-"), "Line 1 isn't"),
        (SED.replace("4.9-1+deb12u1", "a:4.9"), "Line 1 isn't"),
        (SED.replace("4.9-1+deb12u1", "4_9"), "Line 1 isn't"),
        (SED.replace("4.9-1+deb12u1", "\u0664.9"), "Line 1 isn't"),
        (SED.replace("sed", "se\u202ed"), "⟨U\\+202E⟩"),
        (SED.replace("sed", "s" * 2000), r"more characters\)”"),
        (f"{SED} trailing", "Line 1 isn't"),
        (f"{SED}\rbash", "Line 1 isn't"),
    ],
)
def test_what_apt_does_not_print_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(FieldError, match=sentence):
        parse_upgradable(text)


@pytest.mark.parametrize(
    "notice",
    [
        "N: There is 1 additional version. Please use the '-a' switch to see it",
        "Notice: There are 2 additional versions. Please use the '-a' switch to see them.",
        "Notice: Some sources can be modernized. Run 'apt modernize-sources' to do so.",
        "W: Target Packages is configured multiple times in /etc/apt/sources.list:1",
        "Warning: http://deb.example.org/dists/stable/InRelease: Policy will reject it",
        "WARNING: apt does not have a stable CLI interface. Use with caution in scripts.",
    ],
)
def test_notices_are_passed_over_and_counted(notice: str) -> None:
    found = read_upgradable(f"Listing...\n{notice}\n{SED}\n{notice}\n")
    assert ([package.name for package in found.packages], found.notices) == (["sed"], 2)


@pytest.mark.parametrize(
    "line",
    [
        "ana@host:~$ LC_ALL=C apt list --upgradable",
        "# sudo apt list --upgradable 2>/dev/null",
        "root@host:~#",
        "Hit:1 http://deb.example.org/debian stable InRelease",
        "Reading state information... Done",
        "Listing... 50%",
        "```",
    ],
)
def test_what_stands_around_a_list_is_passed_over(line: str) -> None:
    assert [one.name for one in parse_upgradable(f"{line}\n{SED}\n{line}")] == ["sed"]


@pytest.mark.parametrize(
    "line",
    ["Err:1 http://deb.example.org stable InRelease", "# rm -rf /", "sed/stable 4.9 amd64 #"],
)
def test_what_says_something_else_is_not(line: str) -> None:
    with pytest.raises(FieldError, match="Line 2 isn't"):
        parse_upgradable(f"{SED}\n{line}")


@pytest.mark.parametrize("suite", ["./", "My Suite", "a_b~c", "bookworm/updates", "größer", "1"])
def test_a_suite_may_have_any_name(suite: str) -> None:
    (package,) = parse_upgradable(SED.replace("sed/stable", f"sed/{suite},stable"))
    assert package.origins == (suite, "stable")


@pytest.mark.parametrize("version", ["1:2:3-4", "0:1.0-2-3", "20260101~rc1+b2", "1:2.3-4.5~6"])
def test_versions_of_the_policy_manual(version: str) -> None:
    (package,) = parse_upgradable(SED.replace("4.9-1+deb12u1", version))
    assert package.new == version


@pytest.mark.parametrize("more", ["", ", phased 20%", ",held", ", phased", ", on hold"])
def test_what_is_held_or_phased_is_in_the_list(more: str) -> None:
    (package,) = parse_upgradable(SED.replace("4.9-1]", f"4.9-1{more}]"))
    assert package.old == "4.9-1"


@pytest.mark.parametrize(
    ("before", "after", "remedy"),
    [
        ("[actualitzable des de: ", "]", "enganxeu"),
        ("[aktualizovatelný z: ", "]", "vložte"),
        ("[kan opgraderes fra: ", "]", "indsæt"),
        ("[aktualisierbar von: ", "]", "Ausgabe einfügen"),
        ("[actualizable desde: ", "]", "pegue"),
        ("[pouvant être mis à jour depuis : ", "]", "collez"),
        ("[frissíthető erről: ", "]", "illessze"),
        ("[aggiornabile da: ", "]", "incollare"),
        ("[", " からアップグレード可]", "貼り付けて"),
        ("[opwaardeerbaar van: ", "]", "plak"),
        ("[может быть обновлён с: ", "]", "вставьте"),  # noqa: RUF001
        ("[uppgraderingsbart från: ", "]", "klistra"),
        ("[可从该版本升级：", "]", "粘贴"),  # noqa: RUF001
    ],
)
def test_a_list_in_another_language_is_answered_in_it(before: str, after: str, remedy: str) -> None:
    line = SED.replace("[upgradable from: 4.9-1]", f"{before}4.9-1{after}")
    with pytest.raises(FieldError) as refusal:
        parse_upgradable(f"Xyz…\n{line}")
    assert remedy in refusal.value.remedy
    assert refusal.value.remedy.count("LC_ALL=C apt list --upgradable") == 2


def test_limits() -> None:
    many = "\n".join(SED.replace("sed", f"sed{n}") for n in range(2_001))
    with pytest.raises(FieldError, match="more than 2000 packages"):
        parse_upgradable(many)
    assert len(parse_upgradable(many.rpartition("\n")[0])) == 2_000
    for big in ("x" * 204_801, "漢" * 100_000):
        with pytest.raises(FieldError, match="more than 200 KiB"):
            parse_upgradable(big)
    with pytest.raises(FieldError, match="more than 1 packages"):
        parse_upgradable(f"{SED}\n{BASH}", limits=PackagesLimits(max_packages=1))


@given(st.text() | st.lists(st.sampled_from([*REAL.splitlines()[:9], BASH, "> ", "\r", "x"])))
def test_anything_is_read_or_refused(text: str | list[str]) -> None:
    packages: tuple[PackageUpgrade, ...] = ()
    with contextlib.suppress(FieldError):
        packages = parse_upgradable(text if isinstance(text, str) else "\n".join(text))
        assert packages
    assert packages_from_json(packages_to_json(packages)) == packages
