"""The list of packages to upgrade, as `apt list --upgradable` prints it.

Lines that mail programs quoted or indented are taken; a line that isn't apt's is refused, so
that no package is left out of what is approved (Policy 3.2.3) without a word. Names and versions
follow the Debian Policy Manual, 5.6.7 and 5.6.12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.fields.errors import FieldError
from definitions.fields.record import Record, read_json
from definitions.fields.text import cut, visible

if TYPE_CHECKING:
    from definitions.canonical import Json

_REMEDY = "Paste the whole output of `LC_ALL=C apt list --upgradable`, unchanged."

_VERSION = r"(?:[0-9]{1,9}:)?[0-9](?:[A-Za-z0-9.+~-]*[A-Za-z0-9.+~])?"
_ORIGIN = r"[A-Za-z0-9][A-Za-z0-9.+_~:/-]*"
_LINE = re.compile(
    rf"(?P<name>[a-z0-9][a-z0-9+.-]+)/(?P<origins>{_ORIGIN}(?:,{_ORIGIN})*)"
    rf"[ \t]+(?P<new>{_VERSION})[ \t]+(?P<architecture>[a-z0-9][a-z0-9-]*)"
    rf"[ \t]+\[upgradable from: (?P<old>{_VERSION})\]"
)
_QUOTING = re.compile(r"^[ \t\u00a0]*(?:>[ \t\u00a0]*)*")
_NOISE = re.compile(
    r"Listing\.\.\.(?: Done)?"
    r"|WARNING: apt does not have a stable CLI interface\. Use with caution in scripts\."
    r"|N: There (?:is|are) [0-9]+ additional versions?\. Please use the '-a' switch to see "
    r"(?:it|them)\.?"
    r"|All packages are up to date\."
    r"|"
)
_TOTAL = re.compile(
    r"([0-9]{1,6}) packages? can be upgraded\.?"
    r"(?: Run 'apt list --upgradable' to see (?:it|them)\.)?"
)


@dataclass(frozen=True)
class PackagesLimits:
    """How much of a list is taken.

    Attributes:
        max_bytes: Bytes of the text in UTF-8.
        max_packages: Packages in the list.
        max_line: Characters of one line.
    """

    max_bytes: int = 200 * 1024
    max_packages: int = 2_000
    max_line: int = 1_000


@dataclass(frozen=True)
class PackageUpgrade(Record):
    """One package to upgrade.

    Attributes:
        name: The binary package.
        architecture: Its architecture, `all` if it fits any.
        old: The version installed.
        new: The version to install.
        origins: The suites that offer it, in apt's order.
        security: Whether a security suite offers it.
    """

    name: str
    architecture: str
    old: str
    new: str
    origins: tuple[str, ...]
    security: bool


def packages_to_json(packages: tuple[PackageUpgrade, ...]) -> list[Json]:
    """Return a list of packages as plain JSON."""
    return [package.to_json() for package in packages]


def packages_from_json(data: Json) -> tuple[PackageUpgrade, ...]:
    """Read a list of packages back from plain JSON.

    Raises:
        FieldError: It isn't what `packages_to_json` gave.
    """
    packages: tuple[PackageUpgrade, ...] = read_json(tuple[PackageUpgrade, ...], data)
    return packages


def parse_upgradable(
    text: str,
    *,
    limits: PackagesLimits = PackagesLimits(),
) -> tuple[PackageUpgrade, ...]:
    """Read what `apt list --upgradable` printed, in its order.

    Raises:
        FieldError: A line isn't apt's, a package stands there twice, the list is empty, cut
            short or too long.
    """
    # The first test bounds the second's work; lone surrogates count as the three bytes they'd be.
    if (
        len(text) > limits.max_bytes
        or len(text.encode("utf-8", "surrogatepass")) > limits.max_bytes
    ):
        raise FieldError(
            f"The list of packages has more than {limits.max_bytes // 1024} KiB.",
            "Split the upgrade into several cases.",
        )
    found: dict[tuple[str, str], PackageUpgrade] = {}
    stated: int | None = None
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        content = _QUOTING.sub("", line, count=1).rstrip(" \t\u00a0")
        total = _TOTAL.fullmatch(content)
        if total:
            stated = int(total[1])
        elif not _NOISE.fullmatch(content):
            _add(found, _read_line(content, number, limits), number)
        if len(found) > limits.max_packages:
            raise FieldError(
                f"The list names more than {limits.max_packages} packages.",
                "Split the upgrade into several cases.",
            )
    _check_total(len(found), stated)
    return tuple(found.values())


def _read_line(content: str, number: int, limits: PackagesLimits) -> PackageUpgrade:
    match = _LINE.fullmatch(content) if len(content) <= limits.max_line else None
    if not match:
        raise FieldError(
            f"Line {number} isn't one that apt prints: “{cut(visible(content[:200]), 80)}”.",
            _REMEDY,
        )
    if match["old"] == match["new"]:
        raise FieldError(
            f"Line {number} upgrades {cut(match['name'], 80)} to the version that it has.",
            _REMEDY,
        )
    origins = tuple(match["origins"].split(","))
    return PackageUpgrade(
        match["name"], match["architecture"], match["old"], match["new"], origins,
        security=any(origin.endswith("-security") for origin in origins),
    )  # fmt: skip


def _add(
    found: dict[tuple[str, str], PackageUpgrade], package: PackageUpgrade, number: int
) -> None:
    known = found.setdefault((package.name, package.architecture), package)
    if known != package:
        raise FieldError(
            f"Line {number} names {package.name} ({package.architecture}) a second time, "
            "with other versions or suites.",
            "Keep the line that is right, and remove the other.",
        )


def _check_total(count: int, stated: int | None) -> None:
    if not count:
        raise FieldError(
            "The list names no package to upgrade.",
            "Run `apt update` first; if the list stays empty there is nothing to approve.",
        )
    if stated not in {None, count}:
        raise FieldError(
            f"The list says that {stated} packages can be upgraded, but names {count}.", _REMEDY
        )
