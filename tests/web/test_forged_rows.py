"""Rows made, copied or changed by SQL let nobody in; each is refused, logged and told.

Who does this can write to the database, and holds no key.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from store import tables
from store.access.passwords import password_of
from store.access.seals import SEALED
from store.access.tokens import new_token, token_hash
from tests.support.acting import World
from tests.support.linked import AYE, BOARD, House, filled, linked_house
from tests.support.web import PASSWORD, Stack, Visitor
from tests.web.test_sign_in import sign_in

AT = "2026-11-23T17:00:00.000Z"
LATER = "2027-11-23T17:00:00.000Z"


def by_sql(stack: Stack, statement: str, **values: object) -> int:
    with stack.database.writing() as connection:
        return connection.execute(text(statement), values).rowcount


def insert_by_sql(stack: Stack, table: str, row: Mapping[str, object]) -> None:
    names = ", ".join(row)
    filled_in = ", ".join(f":{name}" for name in row)
    by_sql(stack, f"INSERT INTO {table} ({names}) VALUES ({filled_in})", **row)  # noqa: S608


def lines(stack: Stack, what: str = "forged-row") -> list[dict[str, Any]]:
    return [one for one in map(json.loads, stack.log().splitlines()) if one["what"] == what]


def told(stack: Stack, table: str, person: str) -> None:
    """Expect a line, a note for the operator, and a word to the person."""
    (line, *_) = [one for one in lines(stack) if one["table"] == table]
    assert (line["person"], line["room"]) == (person, "web")
    operator = stack.add_person("Olga Operator", roles=("operator",))
    page = stack.signed_in(operator).get("/operator").text
    assert table in page
    assert "compare with a backup" in page
    own = stack.signed_in(person).get("/me").text
    assert "that wasn&#39;t made here" in own


def with_cookie(stack: Stack, token: str) -> Visitor:
    visitor = stack.visitor()
    visitor.client.set_cookie("session", token, domain="countersign.test")
    return visitor


def test_a_session_made_by_sql_is_nobodys(stack: Stack, dana: str) -> None:
    token, auth = new_token(), '{"at":"2026-11-23T18:00:00.000Z","kind":"password"}'
    row = {"token_hash": token_hash(token), "person": dana, "auth": auth, "created_at": AT}
    row |= {"seen_at": AT, "expires_at": LATER}
    insert_by_sql(stack, "sessions", row)
    assert with_cookie(stack, token).get("/me").status_code == 303
    insert_by_sql(stack, "sessions", row | {"token_hash": token_hash("b" * 43), "mac": "0" * 64})
    assert with_cookie(stack, "b" * 43).get("/me").status_code == 303
    told(stack, "sessions", dana)


@pytest.mark.parametrize("column", ["person", "auth", "created_at", "expires_at", "mac"])
def test_ones_own_session_changed_by_sql_ends(stack: Stack, dana: str, column: str) -> None:
    emil = stack.add_person("Emil Other", roles=("member",))
    visitor = stack.signed_in(emil)
    assert visitor.get("/me").status_code == 200
    values = {"person": dana, "auth": '{"kind":"sign-in-link"}', "expires_at": LATER}
    value = values.get(column, AT)
    assert by_sql(stack, f"UPDATE sessions SET {column} = :value", value=value) == 1  # noqa: S608
    assert visitor.get("/me").status_code == 303
    assert [one["table"] for one in lines(stack)] == ["sessions"]


def test_that_a_session_was_seen_is_nothing_to_seal(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    by_sql(stack, "UPDATE sessions SET seen_at = :at", at="2026-11-23T17:59:00.000Z")
    assert visitor.get("/me").status_code == 200
    assert lines(stack) == []


def test_a_sign_in_link_made_by_sql_is_none(stack: Stack, dana: str) -> None:
    token = new_token()
    row = {"token_hash": token_hash(token), "person": dana, "created_at": AT, "expires_at": LATER}
    insert_by_sql(stack, "sign_in_links", row)
    path = f"/sign-in/{token}"
    assert stack.visitor().get(path).status_code == 410
    assert stack.visitor().post(path).status_code == 410
    told(stack, "sign_in_links", dana)


@pytest.mark.parametrize("column", ["person", "created_at", "expires_at"])
def test_ones_own_link_changed_by_sql_is_dead(stack: Stack, dana: str, column: str) -> None:
    emil = stack.add_person("Emil Other", roles=("member",))
    path = f"/sign-in/{stack.link(emil)}"
    value = {"person": dana, "created_at": AT, "expires_at": LATER}[column]
    by_sql(stack, f"UPDATE sign_in_links SET {column} = :value", value=value)  # noqa: S608
    assert stack.visitor().post(path).status_code == 410
    assert [one["table"] for one in lines(stack)] == ["sign_in_links"]


def test_a_seal_of_another_table_or_row_doesnt_fit(stack: Stack, dana: str) -> None:
    """The seal of one's own link is good neither for a session nor for somebody else."""
    emil = stack.add_person("Emil Other", roles=("member",))
    stack.link(emil)
    token = new_token()
    with stack.database.reading() as connection:
        seal = connection.scalar(select(tables.sign_in_links.c.mac))
    row = {"token_hash": token_hash(token), "person": dana, "created_at": AT, "expires_at": LATER}
    insert_by_sql(stack, "sign_in_links", row | {"mac": seal})
    assert stack.visitor().post(f"/sign-in/{token}").status_code == 410
    insert_by_sql(stack, "sessions", row | {"auth": "{}", "seen_at": AT, "mac": seal})
    assert with_cookie(stack, token).get("/me").status_code == 303


def test_a_password_copied_to_somebody_else_is_none(stack: Stack, dana: str) -> None:
    emil = stack.add_person("Emil Other", roles=("member",), addresses=("emil@example.org",))
    stack.set_password(emil)
    with stack.database.reading() as connection:
        own = connection.execute(select(tables.credentials)).mappings().one()
    insert_by_sql(stack, "credentials", {**own, "person": dana})
    assert sign_in(stack.visitor(), "dana@example.org", PASSWORD).status_code == 422
    assert sign_in(stack.visitor(), "emil@example.org", PASSWORD).status_code == 303
    told(stack, "credentials", dana)


def test_a_password_changed_by_sql_is_none_and_can_be_chosen_anew(stack: Stack, dana: str) -> None:
    stack.set_password(dana)
    assert sign_in(stack.visitor(), "dana@example.org", PASSWORD).status_code == 303
    by_sql(stack, "UPDATE credentials SET changed_at = :at", at=LATER)
    assert sign_in(stack.visitor(), "dana@example.org", PASSWORD).status_code == 422
    visitor = stack.signed_in(dana)
    new = {"password": PASSWORD + " again", "again": PASSWORD + " again"}
    assert visitor.post("/password", new).status_code == 303
    assert sign_in(stack.visitor(), "dana@example.org", new["password"]).status_code == 303


def test_an_address_put_there_by_sql_signs_nobody_in(stack: Stack, dana: str) -> None:
    stack.set_password(dana)
    row = {"address": "eve@example.com", "person": dana, "place": -1}
    insert_by_sql(stack, "addresses", row)
    assert sign_in(stack.visitor(), "eve@example.com", PASSWORD).status_code == 422
    assert sign_in(stack.visitor(), "dana@example.org", PASSWORD).status_code == 303
    assert "eve@example.com" not in stack.signed_in(dana).get("/me").text
    assert "eve@" not in stack.log()
    told(stack, "addresses", dana)


@pytest.fixture
def house(world: World, tmp_path: Path) -> House:
    return linked_house(world, tmp_path)


@pytest.mark.parametrize("column", ["expires_at", "shown", "step", "mail_key"])
def test_a_mails_link_changed_by_sql_is_dead(house: House, column: str) -> None:
    number = house.open()
    path = house.mint(BOARD[0])
    visitor = house.visitor()
    typed = filled(visitor, path)
    by_sql(house.world.stack, f"UPDATE case_links SET {column} = :value", value=LATER)  # noqa: S608
    assert visitor.get(path).status_code == 410
    assert visitor.post(path, typed).status_code == 410
    assert house.votes(number) == ()
    assert {one["table"] for one in lines(house.world.stack)} == {"case_links"}


def test_a_mails_link_changed_as_it_comes_to_the_commit_signs_nothing(house: House) -> None:
    number = house.open()
    path = house.mint(BOARD[0])
    visitor = house.visitor()
    typed = filled(visitor, path, **AYE)
    house.world.gateway.before = lambda: by_sql(
        house.world.stack, "UPDATE case_links SET expires_at = :value", value=LATER
    )
    assert visitor.post(path, typed).status_code == 410
    assert house.votes(number) == ()


def test_a_mail_sent_elsewhere_by_sql_has_no_link(house: House) -> None:
    house.open()
    person = house.world.people[BOARD[0]]
    by_sql(
        house.world.stack,
        "UPDATE outbox SET to_address = 'eve@example.com' WHERE person = :person",
        person=person,
    )
    (mail,) = house.mails(BOARD[0])
    assert house.try_mint(mail) is None
    assert [(one["table"], one["person"]) for one in lines(house.world.stack)] == [
        ("outbox", person)
    ]
    assert house.mint(BOARD[1])


def test_mail_goes_to_the_recorded_address_whatever_sql_put_before_it(house: House) -> None:
    person = house.world.people[BOARD[0]]
    insert_by_sql(
        house.world.stack,
        "addresses",
        {"address": "eve@example.com", "person": person, "place": -1},
    )
    house.open()
    (mail,) = house.mails(BOARD[0])
    assert mail.to_address != "eve@example.com"


def test_what_a_seal_leaves_out_is_only_what_changes_by_use() -> None:
    free = {
        "sessions": {"seen_at"},
        "sign_in_links": {"spent_at"},
        "credentials": set(),
        "addresses": set(),
        "case_links": {"used_at", "used_by", "revoked_at", "revoked_why"},
    }
    for name, covered in SEALED.items():
        columns = {column.name for column in tables.metadata.tables[name].c}
        assert columns - set(covered) - {"mac"} == free[name]


def test_a_note_that_cant_be_kept_stops_nobody(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    by_sql(stack, "UPDATE sessions SET mac = 'x'")
    by_sql(stack, "DROP TABLE forged_rows")
    assert visitor.get("/me").status_code == 303
    assert [one["table"] for one in lines(stack)] == ["sessions"]


def test_the_same_row_is_noted_once_a_minute(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    by_sql(stack, "UPDATE sessions SET mac = 'x'")
    for _ in range(5):
        assert visitor.get("/me").status_code == 303
    assert len(lines(stack)) == 1
    with stack.database.reading() as connection:
        (note,) = connection.execute(select(tables.forged_rows)).all()
    assert (note.table, note.person) == ("sessions", dana)


def test_the_person_is_told_by_mail_once_a_day_on_every_address(stack: Stack, dana: str) -> None:
    for token in ("a" * 43, "b" * 43):
        row = {"token_hash": token_hash(token), "person": dana, "created_at": AT}
        insert_by_sql(stack, "sign_in_links", row | {"expires_at": LATER})
        assert stack.visitor().get(f"/sign-in/{token}").status_code == 410
    with stack.database.reading() as connection:
        mails = connection.execute(select(tables.personal_mails)).all()
    assert {mail.to_address for mail in mails} == {"dana@example.org", "df@example.net"}
    assert {mail.subject for mail in mails} == {"Somebody tried to come in as you"}
    assert len(mails) == 2


def test_who_came_in_and_went_is_in_the_log(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    assert visitor.post("/password", {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert visitor.post("/sign-out").status_code == 303
    again = stack.visitor()
    assert sign_in(again, "dana@example.org", PASSWORD).status_code == 303
    assert again.post("/sign-out-everywhere").status_code == 303
    logged = [one for one in map(json.loads, stack.log().splitlines()) if "count" in one]
    whole = [(one["what"], one.get("how")) for one in logged]
    assert whole == [
        ("signed-in", "sign-in-link"),
        ("password-set", None),
        ("signed-out", None),
        ("signed-in", "password"),
        ("signed-out-everywhere", None),
    ]
    assert {one["person"] for one in logged} == {dana}
    assert all(one["client"] for one in logged)
    with stack.database.reading() as connection:
        mails = connection.execute(select(tables.personal_mails)).all()
    assert {mail.subject for mail in mails} == {"Your password was set"}
    assert len(mails) == 2


def test_what_is_met_inside_of_a_writing_block_is_told_after_it(stack: Stack, dana: str) -> None:
    stack.set_password(dana)
    by_sql(stack, "UPDATE credentials SET mac = 'x'")
    with stack.database.writing():
        with stack.database.reading() as connection:
            assert password_of(connection, dana) is None
        assert lines(stack) == []
    assert [one["table"] for one in lines(stack)] == ["credentials"]
    with stack.database.reading() as connection:
        assert len(connection.execute(select(tables.forged_rows)).all()) == 1


def test_it_is_told_also_when_the_persons_addresses_are_forged(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    by_sql(stack, "UPDATE addresses SET mac = 'x'")
    by_sql(stack, "UPDATE sessions SET mac = 'x'")
    assert visitor.get("/me").status_code == 303
    assert {one["table"] for one in lines(stack)} == {"sessions", "addresses"}
