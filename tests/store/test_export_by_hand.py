"""A verifier that knows only the export's format: none of our code, about eighty lines.

`verify`, `link_holds` and `roles_hold` are what somebody else would write from the docstring of
`store/record/export.py`, with Python's standard library and an implementation of Ed25519.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from store.record.export import export_record
from tests.support.by_hand import by_hand
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

Line = dict[str, Any]


def canonical(value: Any) -> bytes:
    """RFC 8785 for what has no floats, and keys of ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def link_holds(entry: Line, given: set[tuple[str, ...]], used: set[str]) -> bool:
    """Say whether an earlier mail gave the actor the link that an act was signed with, if any."""
    act, stream = entry["act"], entry["stream"]
    if act["kind"] == "mail":
        people = entry["facts"].get("people", {}).get("links", [])
        given |= {(act["id"], stream, act["step"], person) for person in people}
    link, mail = act["auth"].get("link"), act["auth"].get("mail")
    if link is None:
        return True
    used_before = link in used
    used.add(link)
    return not used_before and (mail, stream, act["step"], act["actor"]) in given


def directory_changes(lines: Iterable[Line]) -> list[tuple[str, str, str, str, str | None]]:
    """Return what the directory's stream says of roles: kind, person, role, from when, until when.

    A line's own values were compared with their commitments by `verify`.
    """
    changes = []
    for entry, opened in ((one["entry"], one["openings"]) for one in lines):
        if entry["stream"] != "directory":
            continue
        person, at = entry["facts"]["people"]["person"][0], entry["facts"]["time"]
        value = {name: opening["value"] for name, opening in opened.items()}
        if value.get("person", person) != person:
            return []
        for role in value.get("roles", [value["role"]] if "role" in value else []):
            since, until = value.get("since", at), value.get("until")
            changes.append((entry["act"]["kind"], person, role, since, until))
    return changes


def roles_hold(entry: Line, changes: list[tuple[str, str, str, str, str | None]]) -> bool:
    """Say whether the roles of an entry are those of the directory at its time.

    What changed in the ten seconds before may have come after, as `docs/auditors.md` says.
    """
    act, at = entry["act"], entry["facts"]["time"]
    who = act["seat"] if act["kind"] == "link_asked" else act["actor"]
    held: dict[str, str | None] = {}
    near: set[str] = set()
    soon = (datetime.fromisoformat(at) - timedelta(seconds=10)).isoformat(timespec="milliseconds")
    for kind, person, role, since, until in changes:
        if person != who or since > at:
            continue
        if since >= soon.replace("+00:00", "Z"):
            near.add(role)
        if kind == "ended":
            held.pop(role, None)
        elif until is None or until > at:
            held[role] = until
    return set(entry["facts"]["roles"]) ^ set(held) <= near


def what_does_not_hold(
    entry: Line,
    given: set[tuple[str, ...]],
    used: set[str],
    changes: list[tuple[str, str, str, str, str | None]],
) -> str | None:
    """Return which right to do what an entry says is missing, if one is."""
    if not link_holds(entry, given, used):
        return "link"
    if entry["stream"] != "directory" and not roles_hold(entry, changes):
        return "roles"
    return None


def verify(lines: Iterable[str], heads: dict[str, int] | None = None) -> str | None:
    """Return what is wrong first, None if all is good. `heads`: where streams should end."""
    keys: dict[str, Any] = {}
    last: dict[str, tuple[int, str]] = {}
    given: set[tuple[str, ...]] = set()
    used: set[str] = set()
    every = [json.loads(line) for line in lines]
    changes = directory_changes(line for line in every if "entry" in line)
    for line in every:
        if "key" in line:
            keys[line["key"]["kid"]] = line["key"]
            continue
        entry, act = line["entry"], line["entry"]["act"]
        where = f"{entry['stream']} {entry['seq']}"
        seq, prev = last.get(entry["stream"], (0, "0" * 64))
        sha256 = hashlib.sha256(canonical(entry)).hexdigest()
        if (entry["seq"], entry["prev"], sha256) != (seq + 1, prev, line["sha256"]):
            return f"{where}: chain"
        (signature,) = entry["signatures"]
        key = keys.get(json.loads(unpadded(signature["protected"]))["kid"])
        use = "worker" if act["actor"] == "system" else "web"
        if key is None or key["use"] != use or act["case"] != entry["stream"]:
            return f"{where}: key"
        payload = base64.urlsafe_b64encode(canonical(act)).rstrip(b"=").decode()
        signed = f"{signature['protected']}.{payload}".encode()
        try:
            public = Ed25519PublicKey.from_public_bytes(unpadded(key["jwk"]["x"]))
            public.verify(unpadded(signature["signature"]), signed)
        except InvalidSignature:
            return f"{where}: signature"
        if {*line["openings"], *line["withheld"]} != set(act["values"]):
            return f"{where}: values"
        for name, opening in line["openings"].items():
            data = bytes.fromhex(opening["salt"]) + canonical(opening["value"])
            if hashlib.sha256(data).hexdigest() != act["values"][name]:
                return f"{where}: value {name}"
        bad = what_does_not_hold(entry, given, used, changes)
        if bad is not None:
            return f"{where}: {bad}"
        last[entry["stream"]] = (entry["seq"], sha256)
    return next((f"{s}: end" for s, n in (heads or {}).items() if last.get(s, (0,))[0] != n), None)


@pytest.fixture
def case(desk: Desk) -> str:
    case = desk.open("sue")
    words = {"comment": "Warum? „Es eilt“, \\ 😀\n"}
    assert desk.do(case, "mia", "comment", values=words).result == "committed"
    desk.sign_off(case, "sam", "approval", "lead", "approve", comment="Go on.")
    desk.sign_off(case, "sue", "applying", "executor", "applied")
    return case


@pytest.fixture
def lines(desk: Desk, case: str) -> list[str]:
    return list(export_record(desk.database))


def test_what_is_exported_verifies(desk: Desk, case: str, lines: list[str]) -> None:
    assert verify(lines, {case: 4, "directory": 9, "system": 2}) is None
    assert verify(export_record(desk.database, confidential=True)) is None


def test_names_and_addresses_of_people_are_withheld_unless_asked_for(
    desk: Desk, lines: list[str]
) -> None:
    assert "Ada Access" not in "".join(lines)
    assert "ada@example.org" not in "".join(lines)
    first = next(line for line in map(json.loads, lines) if "entry" in line)
    assert first["withheld"] == ["emails", "name"]
    whole = "".join(export_record(desk.database, confidential=True))
    assert "Ada Access" in whole


def test_what_was_erased_is_said(desk: Desk, case: str, database_url: str) -> None:
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM openings WHERE name='comment'")
    exported = list(export_record(desk.database))
    assert verify(exported) is None
    withheld = [json.loads(line).get("withheld") for line in exported]
    assert withheld.count(["comment"]) == 2


def swap(lines: list[Line]) -> None:
    lines[-2], lines[-3] = lines[-3], lines[-2]


def approve_instead(lines: list[Line]) -> None:
    lines[-1]["entry"]["act"]["outcome"] = "failed"


def another_value(lines: list[Line]) -> None:
    lines[-3]["openings"]["comment"]["value"] = "Fine by me."


def hide_a_value(lines: list[Line]) -> None:
    del lines[-3]["openings"]["comment"]


def another_persons_signature(lines: list[Line]) -> None:
    lines[-1]["entry"]["signatures"] = lines[-2]["entry"]["signatures"]


def the_workers_key_for_a_person(lines: list[Line]) -> None:
    for line in lines[:2]:
        line["key"]["use"] = "worker"


TAMPERING: dict[str, tuple[Callable[[list[Line]], object], str]] = {
    "altered": (approve_instead, "4: chain"),
    "deleted": (lambda lines: lines.pop(-2), "4: chain"),
    "inserted": (lambda lines: lines.insert(-1, lines[-2]), "3: chain"),
    "swapped": (swap, "3: chain"),
    "cut off": (lambda lines: lines.pop(), "end"),
    "another value": (another_value, "2: value comment"),
    "a value hidden without saying so": (hide_a_value, "2: values"),
    "an unknown key": (lambda lines: lines.__delitem__(slice(0, 2)), "1: key"),
    "the worker's key for a person": (the_workers_key_for_a_person, "1: key"),
}


def chained_again(lines: list[Line]) -> list[str]:
    """Make every digest fit, as a forger would who reads this test."""
    prev: dict[str, str] = {}
    for line in lines:
        if "entry" in line:
            entry = line["entry"]
            entry["prev"] = prev.get(entry["stream"], "0" * 64)
            line["sha256"] = hashlib.sha256(canonical(entry)).hexdigest()
            prev[entry["stream"]] = line["sha256"]
    return [json.dumps(line) for line in lines]


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_shows(lines: list[str], case: str, what: str) -> None:
    tamper, where = TAMPERING[what]
    parsed = [json.loads(line) for line in lines]
    # The case's lines come last: its stream sorts behind `directory`, and before `system`.
    parsed.sort(key=lambda line: "entry" in line and line["entry"]["stream"] == case)
    tamper(parsed)
    found = verify(map(json.dumps, parsed), {case: 4})
    assert found is not None
    assert found.endswith(where)


@pytest.mark.parametrize("tamper", [approve_instead, another_persons_signature])
def test_digests_that_fit_do_not_help(
    lines: list[str], case: str, tamper: Callable[[list[Line]], object]
) -> None:
    parsed = [json.loads(line) for line in lines]
    parsed.sort(key=lambda line: "entry" in line and line["entry"]["stream"] == case)
    tamper(parsed)
    assert verify(chained_again(parsed)) == f"{case} 4: signature"


def another_role(lines: list[Line]) -> None:
    lines[-1]["entry"]["facts"]["roles"].append("board-member")


def no_role(lines: list[Line]) -> None:
    lines[-1]["entry"]["facts"]["roles"] = ["member"]


@pytest.mark.parametrize("tamper", [another_role, no_role])
def test_roles_that_the_directory_does_not_say_show(
    lines: list[str], case: str, tamper: Callable[[list[Line]], object]
) -> None:
    parsed = [json.loads(line) for line in lines]
    parsed.sort(key=lambda line: "entry" in line and line["entry"]["stream"] == case)
    for line in parsed:  # all else happened in one moment: as if the community were older
        if "entry" in line and line["entry"]["stream"] == "directory":
            line["entry"]["facts"]["time"] = "2026-10-01T00:00:00.000Z"
    assert verify(chained_again(parsed)) is None
    tamper(parsed)
    assert verify(chained_again(parsed)) == f"{case} 4: roles"


def test_a_role_inserted_while_somebody_signed_shows(
    desk: Desk, case: str, database_url: str
) -> None:
    desk.clock.pass_time(timedelta(days=1))
    with by_hand(database_url) as connection:
        connection.execute(
            "INSERT INTO grants (person, role, since, act_id) VALUES (?,'tester','2020','x')",
            [desk.person("mia")],
        )
    desk.do(case, "mia", "comment", values={"comment": "As a tester."})
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM grants WHERE act_id='x'")
    assert verify(export_record(desk.database)) == f"{case} 5: roles"
