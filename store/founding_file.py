"""Reads the file that a community is set up from. Pure: text in, rows or sentences out.

It is CSV (RFC 4180) with the header `name, emails, roles, leads, language`, and after these, if
wanted, `lists` (access lists, Policy 3.4.2) and `motion` (the past motion or ruling behind roles
and lists). Several addresses, roles, teams or lists in one cell are separated by blanks. What is
wrong is said all at once, each with its line and what to do.
"""

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from definitions.fields.errors import FieldError
from definitions.fields.people import read_address
from definitions.organisation import Organisation, load_organisation
from store.errors import StoreError

HEADER = ("name", "emails", "roles", "leads", "language")
MORE = ("lists", "motion")
"""Columns that may be left out."""
OPERATOR = "operator"
"""Whoever runs the machines: no role of the policy, without rights in any case."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_NUMBER = re.compile(r"[a-z]\d{8}\.[1-9]\d{0,5}")
_MAX_NAME = 200


_HEADERS = (HEADER, (*HEADER, "lists"), (*HEADER, "motion"), (*HEADER, *MORE))


@dataclass(frozen=True)
class CommunityRow:
    """One person of the file.

    Attributes:
        line: where they stand, from 1.
        emails: in lower case; mail goes to the first.
        roles: ids of roles, as the file has them, without `member`.
        leads: ids of the teams that they lead.
        language: `en` if the file doesn't say.
        lists: ids of the access lists that they are on, as the file has them.
        motion: the number of the past motion or ruling behind it; "" if the file doesn't say.
        member: whether they are a Member: everybody is, but who only keeps the program running
            and isn't said to be.
    """

    line: int
    name: str
    emails: tuple[str, ...]
    roles: tuple[str, ...]
    leads: tuple[str, ...]
    language: str
    lists: tuple[str, ...] = ()
    motion: str = ""
    member: bool = True


@dataclass(frozen=True)
class Problem:
    """What is wrong in a line, by which section if by any, and what to do."""

    line: int
    sentence: str
    remedy: str
    section: str | None = None

    def __str__(self) -> str:
        by = f" (Policy {self.section})" if self.section else ""
        return f"Line {self.line}: {self.sentence}{by} {self.remedy}"


class CommunityFileError(StoreError):
    """The file can't be used; `problems` says why, line by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def read_community(text: str) -> tuple[CommunityRow, ...]:
    """Return the people of the file, in its order.

    Raises:
        CommunityFileError: something is wrong; it says all of it.
    """
    problems: list[Problem] = []
    rows = list(_rows(text.removeprefix("\ufeff"), load_organisation(), problems))
    problems.extend(_doubles(rows))
    if not rows and not problems:
        problems.append(Problem(2, "There is nobody in this file.", "Add a line for each person."))
    if problems:
        raise CommunityFileError(sorted(problems, key=lambda problem: problem.line))
    return tuple(rows)


def _rows(text: str, organisation: Organisation, problems: list[Problem]) -> Iterator[CommunityRow]:
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    line = 1
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if tuple(header) not in _HEADERS:
            sentence = f"The first line must name the columns: {', '.join(HEADER)}."
            remedy = f"Write exactly that line first; {' and '.join(MORE)} may follow."
            problems.append(Problem(1, sentence, remedy))
            return
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield from _row(line, header, cells, organisation, problems)
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(
            Problem(line, f"This isn't CSV: {error}.", "Close every quotation mark that is opened.")
        )


def _row(
    line: int,
    header: list[str],
    cells: list[str],
    organisation: Organisation,
    problems: list[Problem],
) -> Iterator[CommunityRow]:
    if len(cells) != len(header):
        sentence = f"There are {len(cells)} columns where {len(header)} are needed."
        remedy = "Put a cell with commas in quotation marks; leave a cell empty, not out."
        problems.append(Problem(line, sentence, remedy))
        return
    given = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    said = given["roles"].split()
    row = CommunityRow(
        line=line,
        name=" ".join(given["name"].split()),
        emails=tuple(_addresses(line, given["emails"], problems)),
        roles=tuple(dict.fromkeys(r for r in said if r != "member")),
        leads=tuple(dict.fromkeys(given["leads"].split())),
        language=given["language"] or "en",
        lists=tuple(dict.fromkeys(given.get("lists", "").split())),
        motion=given.get("motion", ""),
        member=set(said) != {OPERATOR} or bool(given["leads"]),
    )
    problems.extend(_wrong(row, organisation))
    yield row


def _addresses(line: int, cell: str, problems: list[Problem]) -> Iterator[str]:
    if not cell:
        sentence = "There is no address."
        problems.append(Problem(line, sentence, "Give at least one: mail has to reach them."))
    for text in cell.split():
        try:
            yield read_address(text)
        except FieldError:
            sentence = f"“{text[:80]}” isn't a plain e-mail address."
            problems.append(Problem(line, sentence, "Write it like somebody@example.org."))


def _wrong(row: CommunityRow, organisation: Organisation) -> Iterator[Problem]:
    if not row.name:
        yield Problem(row.line, "There is no name.", "Write the person's name in the first cell.")
    if len(row.name) > _MAX_NAME or not row.name.isprintable():
        yield Problem(
            row.line,
            f"The name is longer than {_MAX_NAME} characters, or holds some that can't be seen.",
            "Write it in fewer, visible ones.",
        )
    if not _LANGUAGE.fullmatch(row.language):
        sentence = f"“{row.language[:20]}” isn't a language."
        yield Problem(row.line, sentence, "Write its short name, such as en or de.")
    roles = [*(role.id for role in organisation.roles), OPERATOR]
    for role in row.roles:
        if role not in roles:
            sentence = f"There is no role “{role[:60]}”."
            yield Problem(row.line, sentence, _near(role, roles))
    teams = [team.id for team in organisation.teams]
    for team in row.leads:
        if team not in teams:
            sentence = f"There is no team “{team[:60]}” to lead."
            yield Problem(row.line, sentence, _near(team, teams))
    yield from _wrong_lists(row, organisation)


def _wrong_lists(row: CommunityRow, organisation: Organisation) -> Iterator[Problem]:
    lists = {one.id: one for one in organisation.access_lists}
    for list_ in row.lists:
        if list_ not in lists:
            sentence = f"There is no access list “{list_[:60]}”."
            yield Problem(row.line, sentence, _near(list_, list(lists)))
            continue
        found = lists[list_]
        if found.who not in row.roles:
            who = organisation.role(found.who).plural["en"]
            sentence = f"The {found.title['en']} is for {who} only."
            remedy = "Give this person that role as well, or take the list away."
            yield Problem(row.line, sentence, remedy, found.policy)
    if row.motion and not _NUMBER.fullmatch(row.motion):
        sentence = f"“{row.motion[:40]}” isn't the number of a motion or a ruling."
        yield Problem(row.line, sentence, "Write it like m20261123.4, or leave the cell empty.")


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."


def _doubles(rows: list[CommunityRow]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for row in rows:
        for address in row.emails:
            if address in seen:
                sentence = f"The address {address} stands in line {seen[address]} already."
                remedy = "An address belongs to one person; give each person one line."
                yield Problem(row.line, sentence, remedy)
            seen.setdefault(address, row.line)
