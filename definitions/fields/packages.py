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
from definitions.fields.text import cut, visible, visible_line

if TYPE_CHECKING:
    from definitions.canonical import Json

_REMEDY = "Paste the whole output of `LC_ALL=C apt list --upgradable`, unchanged."

# With an epoch the version itself may hold colons (5.6.12).
_REST = r"[0-9](?:[A-Za-z0-9.+~{}-]*[A-Za-z0-9.+~])?"
_VERSION = rf"(?:[0-9]{{1,9}}:{_REST.format(':')}|{_REST.format('')})"
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_ARCHITECTURE = re.compile(r"[a-z0-9][a-z0-9-]*")
_NEW = re.compile(_VERSION)
_FROM = "[upgradable from: "
# apt may say more of a package than from where: that it is held, or rolled out by and by.
_OLD = re.compile(rf"({_VERSION})(?:, ?[a-z][a-z -]{{0,30}}(?: [0-9]{{1,3}}%)?)*\]")
_QUOTING = re.compile(r"^[ \t\u00a0]*(?:>[ \t\u00a0]*)*")
# What apt says besides, also while it updates its lists before, and the prompt around a command.
_NOISE = re.compile(
    r"Listing(?:\.\.\.|\u2026)(?: ?(?:Done|[0-9]{1,3}%))?"
    r"|All packages are up to date\."
    r"|(?:Reading package lists|Building dependency tree|Reading state information)\.\.\."
    r"(?: ?Done)?"
    r"|(?:Hit|Get|Ign):[0-9]{1,5} \S.*|Fetched [0-9].*"
    r"|[^\[\]]{0,200}[#$%>] ?(?:sudo )?(?:LC_ALL=C(?:\.UTF-8)? )?apt list --upgradable"
    r"(?: 2>/dev/null)?"
    r"|[A-Za-z0-9_.-]{1,60}@[A-Za-z0-9_.-]{1,60}:[^\s\[\]]{1,60}[#$%]|```"
    r"|"
)
_NOTICE = re.compile(r"(?:[NWI]|NOTICE|Notice|WARNING|Warning|Info|Audit): \S.*")
_ERROR = re.compile(r"(?:E|ERROR|Error): (.*)")
_TOTAL = re.compile(
    r"([0-9]{1,6}) packages? can be upgraded\.?"
    r"(?: Run 'apt list --upgradable' to see (?:it|them)\.)?"
)
# What apt 2.6 says before and after the version in other languages, and the remedy in each.
_LANGUAGES = (
    ("[actualitzable des de", "Executeu «{}» i enganxeu-ne tota la sortida."),
    ("[aktualizovatelný z", "Spusťte `{}` a vložte celý výstup."),
    ("[kan opgraderes fra", "Kør `{}`, og indsæt hele udskriften."),
    ("[aktualisierbar von", "Bitte `{}` ausführen und die ganze Ausgabe einfügen."),
    ("[αναβαθμίσιμο από", "Εκτελέστε `{}` και επικολλήστε όλη την έξοδο."),
    ("[actualizable desde", "Ejecute `{}` y pegue toda la salida."),
    ("[pouvant être mis à jour depuis", "Lancez `{}` et collez toute la sortie."),
    ("[frissíthető erről", "Futtassa ezt: `{}`, és illessze be a teljes kimenetet."),
    ("[aggiornabile da", "Eseguire `{}` e incollare tutto l'output."),
    ("からアップグレード可]", "`{}` を実行し、出力をすべて貼り付けてください。"),
    ("[oppgraderbar fra", "Kjør `{}`, og lim inn hele utskriften."),
    ("[opwaardeerbaar van", "Voer `{}` uit en plak de hele uitvoer."),
    ("[может быть обновлён с", "Выполните `{}` и вставьте весь вывод."),  # noqa: RUF001
    ("[uppgraderingsbart från", "Kör `{}` och klistra in hela utskriften."),
    ("[şundan yükseltilebilir", "`{}` komutunu çalıştırıp bütün çıktıyı yapıştırın."),  # noqa: RUF001
    ("[có thể nâng cấp từ", "Hãy chạy `{}` rồi dán toàn bộ kết quả."),
    ("[可从该版本升级", "请运行 `{}`，并粘贴全部输出。"),  # noqa: RUF001
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


@dataclass(frozen=True)
class Upgradable:
    """What a list holds: its packages, in its order, and how many notices were passed over."""

    packages: tuple[PackageUpgrade, ...]
    notices: int


def parse_upgradable(
    text: str,
    *,
    limits: PackagesLimits = PackagesLimits(),
) -> tuple[PackageUpgrade, ...]:
    """Read what `apt list --upgradable` printed, in its order; raises as `read_upgradable`."""
    return read_upgradable(text, limits=limits).packages


def read_upgradable(text: str, *, limits: PackagesLimits = PackagesLimits()) -> Upgradable:
    """Read what `apt list --upgradable` printed, and count what it said besides.

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
    notices = 0
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        content = _QUOTING.sub("", line, count=1).rstrip(" \t\u00a0")
        total = _TOTAL.fullmatch(content)
        if total:
            stated = int(total[1])
        elif _NOTICE.fullmatch(content):
            notices += 1
        elif not _NOISE.fullmatch(content):
            package = _read_line(content, limits)
            if package is None:
                raise _not_of_apt(content, number, text)
            _add(found, package, number)
        if len(found) > limits.max_packages:
            raise FieldError(
                f"The list names more than {limits.max_packages} packages.",
                "Split the upgrade into several cases.",
            )
    _check_total(len(found), stated)
    return Upgradable(tuple(found.values()), notices)


def _read_line(content: str, limits: PackagesLimits) -> PackageUpgrade | None:
    """Read a package's line from its end, since a suite may have any name; None if it isn't one."""
    head, _, tail = content.partition(_FROM)
    words = head.rsplit(None, 2)
    old = _OLD.fullmatch(tail)
    if len(content) > limits.max_line or len(words) != 3 or not old:  # noqa: PLR2004 - of a line
        return None
    name, slash, suites = words[0].partition("/")
    new, architecture = words[1:]
    origins = tuple(suites.split(","))
    if not (
        slash
        and _NAME.fullmatch(name)
        and _NEW.fullmatch(new)
        and _ARCHITECTURE.fullmatch(architecture)
        and all(_is_suite(origin) for origin in origins)
    ):
        return None
    return PackageUpgrade(
        name, architecture, old[1], new, origins,
        security=any(origin.endswith("-security") for origin in origins),
    )  # fmt: skip


def _is_suite(name: str) -> bool:
    return bool(name) and name == name.strip() == visible_line(name)


def _not_of_apt(content: str, number: int, text: str) -> FieldError:
    """Return the refusal of a line, with what helps by what it is."""
    shown = cut(visible(content[:200]), 80)
    error = _ERROR.fullmatch(content)
    if error:
        return FieldError(
            f"Line {number} is an error of apt's: “{shown}”.",
            "Mend what it says, run `apt update`, and paste the list anew.",
        )
    sentence = f"Line {number} isn't one that apt prints: “{shown}”."
    command = "LC_ALL=C apt list --upgradable"
    for word, remedy in _LANGUAGES:
        if word in text:
            return FieldError(
                sentence, f"apt wrote it in another language. {_REMEDY} {remedy.format(command)}"
            )
    if re.search(r" \[(?:installed|residual-config)[^\[\]]*\]$", content):
        return FieldError(
            sentence, f"It is of a list without `--upgradable`, or with `-a`. {_REMEDY}"
        )
    return FieldError(sentence, _REMEDY)


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
