"""Somebody with the database in their hands alters the record; each time it is named."""

import json
from datetime import timedelta
from typing import Any

import pytest

from definitions.acts import Head
from definitions.canonical import canonical, digest, sha256
from store.record.verify import Bad, VerifyReport, verify_record
from tests.support.by_hand import Hand, by_hand
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def case(desk: Desk) -> str:
    """A case of six entries, still open."""
    case = desk.open("sue")
    desk.do(case, "mia", "comment", values={"comment": "Why now?"})
    desk.clock.pass_time(timedelta(days=2))
    assert desk.send(desk.tick(case, "remind", "approval")).result == "committed"
    desk.do(case, "sue", "comment", values={"comment": "It is in the news."})
    desk.sign_off(case, "sam", "approval", "lead", "approve", comment="Go on.")
    assert desk.head(case).seq == 6
    return case


def found(desk: Desk, heads: dict[str, Head] | None = None) -> Bad:
    report = verify_record(desk.database, heads=heads)
    assert not report.ok
    assert report.first_bad
    return report.first_bad


def texts(connection: Hand, case: str) -> list[dict[str, Any]]:
    rows = connection.execute("SELECT text FROM entries WHERE stream=? ORDER BY seq", [case])
    return [json.loads(text) for (text,) in rows]


def write(connection: Hand, seq: int, entry: dict[str, Any]) -> str:
    """Put an entry under `seq`, with its digest made to fit."""
    text = canonical(entry).decode()
    connection.execute(
        "UPDATE entries SET text=?, sha256=?, act_id=?, kind=?, actor=?, at=?, step=? "
        "WHERE stream=? AND seq=?",
        [
            text,
            sha256(text.encode()),
            entry["act"]["id"],
            entry["act"]["kind"],
            entry["act"]["actor"],
            entry["facts"]["time"],
            entry["act"]["step"],
            entry["stream"],
            seq,
        ],
    )
    return sha256(text.encode())


def chain_again(connection: Hand, case: str, entries: list[dict[str, Any]]) -> None:
    """Number and chain the entries anew, and make all heads fit: a careful forger's work."""
    connection.execute("UPDATE entries SET act_id = act_id || '-old' WHERE stream=?", [case])
    prev = "0" * 64
    for seq, entry in enumerate(entries, start=1):
        prev = write(connection, seq, entry | {"seq": seq, "prev": prev})
    connection.execute("DELETE FROM entries WHERE stream=? AND seq>?", [case, len(entries)])
    connection.execute(
        "UPDATE streams SET seq=?, sha256=? WHERE stream=?", [len(entries), prev, case]
    )


def test_an_untouched_record_is_good(desk: Desk, case: str) -> None:
    report = verify_record(desk.database, heads={case: desk.head(case)})
    assert report == VerifyReport(entries=17, streams=3)
    assert report.to_json()["first_bad"] is None


def test_a_case_that_goes_on_while_it_is_verified_is_fine(desk: Desk, case: str) -> None:
    before = desk.head(case)
    desk.do(case, "mia", "comment", values={"comment": "Thank you."})
    assert verify_record(
        desk.database,
        heads={
            case: before,
        },
    ).ok


def test_erased_openings_are_fine(desk: Desk, case: str, database_url: str) -> None:
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM openings WHERE name='comment'")
    report = verify_record(desk.database)
    assert report.ok
    assert report.not_replayed == (case,)


def test_an_altered_entry_is_named(desk: Desk, case: str, database_url: str) -> None:
    with by_hand(database_url) as connection:
        connection.execute(
            "UPDATE entries SET text=replace(text, 'approve', 'reject_') WHERE seq=6"
        )
    assert found(desk) == Bad(
        case, 6, "it was altered: its text doesn't have the digest kept for it"
    )


def test_an_altered_entry_whose_digest_fits_is_named(
    desk: Desk, case: str, database_url: str
) -> None:
    with by_hand(database_url) as connection:
        entry = texts(connection, case)[5]
        entry["act"]["outcome"] = "reject"
        head = write(connection, 6, entry)
        connection.execute("UPDATE streams SET sha256=? WHERE stream=?", [head, case])
    bad = found(desk)
    assert (bad.stream, bad.seq) == (case, 6)
    assert "signature" in bad.why


def test_another_fact_is_named(desk: Desk, case: str, database_url: str) -> None:
    """Facts aren't signed by anybody, but the rules lead elsewhere with them."""
    with by_hand(database_url) as connection:
        entries = texts(connection, case)
        entries[0]["facts"]["number"] = "p20261018.7"
        chain_again(connection, case, entries)
    bad = found(desk)
    assert (bad.seq, bad.why) == (1, "by the rules it leads to another state than it says")


def test_a_deleted_entry_is_named(desk: Desk, case: str, database_url: str) -> None:
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM entries WHERE stream=? AND seq=3", [case])
    assert found(desk) == Bad(case, 3, "entry 3 is missing: entry 4 comes next")


def test_a_deleted_entry_with_the_others_moved_up_is_named(
    desk: Desk, case: str, database_url: str
) -> None:
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM entries WHERE stream=? AND seq=3", [case])
        for seq in (4, 5, 6):
            connection.execute("UPDATE entries SET seq=seq-1 WHERE stream=? AND seq=?", [case, seq])
    assert found(desk) == Bad(case, 3, f"entry 4 of {case} stands where entry 3 belongs")


def test_a_deleted_entry_with_everything_chained_again_is_named(
    desk: Desk, case: str, database_url: str
) -> None:
    """Only the running case remembers; a comment leaves no other trace."""
    heads = {case: desk.head(case)}
    with by_hand(database_url) as connection:
        entries = texts(connection, case)
        del entries[1]
        connection.execute("DELETE FROM openings WHERE name='comment'")
        chain_again(connection, case, entries)
    bad = found(desk, heads)
    assert bad.stream == case


def test_an_inserted_entry_is_named(desk: Desk, case: str, database_url: str) -> None:
    with by_hand(database_url) as connection:
        entries = texts(connection, case)
        forged = json.loads(json.dumps(entries[1]))
        forged["act"]["id"] = "forged-comment"
        for seq in (6, 5, 4, 3):
            connection.execute(
                "UPDATE entries SET seq=? WHERE stream=? AND seq=?", [seq + 1, case, seq]
            )
        connection.execute(
            "INSERT INTO entries SELECT stream, 3, sha256, 'x', kind, actor, at, step, text "
            "FROM entries WHERE stream=? AND seq=2",
            [case],
        )
        chain_again(connection, case, [*entries[:2], forged, *entries[2:]])
    bad = found(desk)
    assert (bad.stream, bad.seq) == (case, 3)
    assert "signature" in bad.why


def test_two_swapped_neighbours_are_named(desk: Desk, case: str, database_url: str) -> None:
    with by_hand(database_url) as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(
                "UPDATE entries SET seq=? WHERE stream=? AND seq=?", [new, case, old]
            )
    assert found(desk) == Bad(case, 2, f"entry 3 of {case} stands where entry 2 belongs")


def test_two_swapped_neighbours_that_say_their_new_places_are_named(
    desk: Desk, case: str, database_url: str
) -> None:
    with by_hand(database_url) as connection:
        entries = texts(connection, case)
        entries[1], entries[2] = entries[2], entries[1]
        chain_again(connection, case, entries)
    assert found(desk) == Bad(case, 3, "its time lies before that of the entry before it")


def test_the_last_three_cut_off_are_named(desk: Desk, case: str, database_url: str) -> None:
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM entries WHERE stream=? AND seq>3", [case])
    bad = found(desk)
    assert bad == Bad(case, 4, "the last 3 of its entries are missing: the stream should end at 6")


def test_the_last_three_cut_off_with_everything_made_to_fit_are_named(
    desk: Desk, database_url: str
) -> None:
    """Head, state and inbox are as they were before: only the running case knows better."""
    case = desk.open("sue")
    desk.do(case, "mia", "comment", values={"comment": "One."})
    with by_hand(database_url) as connection:
        row = connection.execute('SELECT * FROM cases WHERE "case"=?', [case]).one()
        head = connection.execute("SELECT * FROM streams WHERE stream=?", [case]).one()
        inbox = {
            table: connection.execute(f'SELECT * FROM {table} WHERE "case"=?', [case]).all()  # noqa: S608
            for table in ("waiting", "waiting_barred")
        }
    for word in ("Two.", "Three."):
        desk.do(case, "mia", "comment", values={"comment": word})
    desk.do(case, "sue", "withdraw", values={"comment": "Not needed."})
    carried = {case: desk.head(case)}
    with by_hand(database_url) as connection:
        connection.execute(
            "DELETE FROM openings WHERE act_id IN "
            "(SELECT act_id FROM entries WHERE stream=? AND seq>2)",
            [case],
        )
        connection.execute("DELETE FROM entries WHERE stream=? AND seq>2", [case])
        connection.execute("DELETE FROM streams WHERE stream=?", [case])
        connection.execute("INSERT INTO streams VALUES (?,?,?,?)", head)
        connection.execute('DELETE FROM cases WHERE "case"=?', [case])
        connection.execute("INSERT INTO cases VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", row)
        for table, rows in inbox.items():
            for one in rows:
                marks = ",".join("?" * len(one))
                connection.execute(f"INSERT INTO {table} VALUES ({marks})", one)  # noqa: S608
    assert verify_record(desk.database).ok, "nothing in the store shows it"
    assert found(desk, carried) == Bad(
        case, 3, "the last 3 of its entries are missing: the running case has seen entry 5"
    )


TAMPERING: dict[str, tuple[str, str]] = {
    "a value": (
        "UPDATE openings SET value='\"mild\"' WHERE name='reason'",
        "isn't the one that was",
    ),
    "an added value": (
        "INSERT INTO openings SELECT act_id, 'x', salt, value FROM openings WHERE name='reason'",
        "nobody signed",
    ),
    "an entry's actor beside it": ("UPDATE entries SET actor='p-x' WHERE kind='open'", "beside"),
    "the number beside the state": ("UPDATE cases SET number='p20261018.9'", "beside"),
    "the head": ("UPDATE streams SET sha256='00' WHERE kind='case'", "should end"),
    "the stream's row": ("DELETE FROM streams WHERE kind='case'", "should end"),
    "the case's row": ("DELETE FROM cases", "missing beside"),
    "a role": (
        (
            "INSERT INTO grants (person, role, since, act_id) "
            "SELECT person, 'board-member', since, act_id FROM grants LIMIT 1"
        ),
        "board-member",
    ),
    "an address": (
        "UPDATE addresses SET address='eve@example.org' WHERE address='mia@example.org'",
        "eve@",
    ),
    "a key": ("UPDATE keys SET use='worker' WHERE use='web'", "worker key"),
    "a key that nobody recorded": (
        "INSERT INTO keys SELECT 'new', use, jwk, since, until FROM keys LIMIT 1",
        "keys in use",
    ),
    "the definition": ("UPDATE definitions SET text=replace(text, 'P3D', 'P9D')", "definition"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_whatever_else_is_altered_is_named(
    desk: Desk, case: str, database_url: str, what: str
) -> None:
    statement, why = TAMPERING[what]
    with by_hand(database_url) as connection:
        assert connection.execute(statement).rowcount
    assert why in found(desk).why


def test_an_altered_state_is_named(desk: Desk, case: str, database_url: str) -> None:
    with by_hand(database_url) as connection:
        (text,) = connection.execute("SELECT state FROM cases").one()
        state = json.loads(text)
        state["steps"]["applying"]["signatures"] = [
            {"act": "a", "actor": "p", "seat": "executor", "outcome": "applied", "at": "x"}
        ]
        connection.execute("UPDATE cases SET state=?", [canonical(state).decode()])
    assert "stored state" in found(desk).why
    with by_hand(database_url) as connection:
        connection.execute("UPDATE cases SET state='{}'")
    assert "can't be read" in found(desk).why


def test_a_case_taken_out_whole_is_named_by_its_number(
    desk: Desk, case: str, database_url: str
) -> None:
    with by_hand(database_url) as connection:
        connection.execute('DELETE FROM cases WHERE "case"=?', [case])
        connection.execute("DELETE FROM entries WHERE stream=?", [case])
        connection.execute("DELETE FROM streams WHERE stream=?", [case])
    assert found(desk) == Bad("p20261018.1", 1, "this number was allotted, but has no case")
    assert found(desk, {case: Head(6, "a" * 64)}).stream == case


def test_a_forgers_own_rolling_state_is_named(desk: Desk, database_url: str) -> None:
    with by_hand(database_url) as connection:
        entries = texts(connection, "directory")
        entries[2]["state"] = digest("something")
        chain_again(connection, "directory", entries)
    assert found(desk) == Bad("directory", 3, "its state doesn't follow from the one before it")
