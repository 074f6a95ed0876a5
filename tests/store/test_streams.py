from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from definitions.acts import NO_ENTRY, SYSTEM, Act, Entry, Head, SignedAct
from definitions.canonical import canonical, sha256
from store.commitments import committed
from store.database import Database
from store.record.reading import stored_entries
from store.streams import (
    NO_STATE,
    Addition,
    MalformedEntryError,
    MovedOnError,
    append,
    append_rolling,
    head_of,
    read_entry,
    rolling_state,
)
from tests.support.databases import Databases

FIRST_ON = {"sqlite"}

FACTS = {"time": "2026-10-18T09:30:00.000Z", "roles": []}
# Names are those of a definition's fields, so never U+0000, which no column of PostgreSQL holds;
# values may be anything, since they are kept as JSON.
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
VALUES = st.dictionaries(NAMES, st.none() | st.booleans() | st.text(max_size=20), max_size=3)


def signed(stream: str, id_: str, values: dict[str, object] | None = None) -> SignedAct:
    commitments, openings = committed(values or {})
    act = Act(
        id=id_,
        case=stream,
        kind="comment",
        actor=SYSTEM,
        definition="",
        shown="",
        auth={"kind": "system"},
        at=str(FACTS["time"]),
        values=commitments,
    )
    return SignedAct(act.to_json(), [{"protected": "a", "signature": "b"}], openings)


def add(database: Database, stream: str, head: Head, *ids: str) -> Head:
    with database.writing() as connection:
        additions = [Addition(signed(stream, id_), FACTS, "0") for id_ in ids]
        return append(connection, stream, "case", head, additions)


def test_a_stream_begins_with_nothing_before_it(database: Database) -> None:
    head = add(database, "s", Head(), "a")
    with database.reading() as connection:
        assert head_of(connection, "s") == head
        assert head_of(connection, "other") == Head()
        (row,) = stored_entries(connection, "s")
    assert read_entry(row.text).prev == NO_ENTRY
    assert head == Head(1, sha256(row.text.encode()))


@pytest.mark.parametrize("head", [Head(1, "0" * 64), Head(7, "a" * 64)])
def test_nobody_appends_behind_anothers_back(database: Database, head: Head) -> None:
    add(database, "s", Head(), "a", "b")
    with pytest.raises(MovedOnError):
        add(database, "s", head, "c")


def test_a_stream_begins_once(database: Database) -> None:
    add(database, "s", Head(), "a")
    with pytest.raises(IntegrityError):
        add(database, "s", Head(), "b")


def test_an_act_is_in_the_record_once_whatever_the_stream(database: Database) -> None:
    head = add(database, "s", Head(), "a")
    for stream, at in (("s", head), ("t", Head())):
        with pytest.raises(IntegrityError):
            add(database, stream, at, "a")
    with database.reading() as connection:
        assert head_of(connection, "s") == head


def test_a_shared_streams_state_commits_to_all_before(database: Database) -> None:
    acts = [signed("directory", id_) for id_ in "abc"]
    with database.writing() as connection:
        append_rolling(connection, "directory", "directory", [(acts[0], FACTS)])
        append_rolling(connection, "directory", "directory", [(act, FACTS) for act in acts[1:]])
        rows = list(stored_entries(connection, "directory"))
    state = NO_STATE
    for act, row in zip(acts, rows, strict=True):
        state = rolling_state(state, act.act)
        assert read_entry(row.text).state == state


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(VALUES, max_size=4), max_size=5))
def test_whatever_is_appended_is_chained_and_comes_back(
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[dict[str, object]]],
) -> None:
    folder: Path = tmp_path_factory.mktemp("streams")
    given_acts: list[SignedAct] = []
    head = Head()
    with databases.open(folder) as database:
        for batch in filter(None, batches):
            acts = [signed("s", f"{len(given_acts) + n}", values) for n, values in enumerate(batch)]
            with database.writing() as connection:
                additions = [Addition(act, FACTS, "0") for act in acts]
                head = append(connection, "s", "case", head, additions)
            given_acts.extend(acts)
        with database.reading() as connection:
            rows = list(stored_entries(connection, "s"))
            assert head_of(connection, "s") == head
    prev = NO_ENTRY
    for seq, (row, act) in enumerate(zip(rows, given_acts, strict=True), start=1):
        entry = read_entry(row.text)
        assert (entry.seq, entry.prev) == (seq, prev)
        assert entry.sha256() == row.sha256
        assert entry.act == act.act
        assert row.openings == act.openings
        prev = row.sha256
    assert head.seq == len(given_acts)


ENTRY = Entry("s", 1, NO_ENTRY, {}, (), FACTS, "0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "1",
        "[" * 100_000,
        " " + ENTRY.canonical().decode(),
        canonical({**ENTRY.__dict__, "signatures": [], "more": 1}).decode(),
        canonical({**ENTRY.__dict__, "signatures": [], "format": "other"}).decode(),
        canonical({**ENTRY.__dict__, "signatures": 5}).decode(),
    ],
)
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(MalformedEntryError):
        read_entry(text)
    assert read_entry(ENTRY.canonical().decode()) == ENTRY
