"""What operators did is shown to the Board and to operators, and to nobody else."""

from collections.abc import Mapping

from sqlalchemy import select

from definitions.canonical import Json
from store import tables
from store.keys import register_key
from store.restoring import BACKUP, LINK_MADE, SIGNED_OUT, record_operation
from store.signatures import SigningKey
from tests.support.web import Stack
from web.words import admitting_member

MAY = ("operator", admitting_member())


def did(stack: Stack, *what: tuple[str, Mapping[str, Json]]) -> None:
    key = SigningKey.create(stack.folder / "worker.jwk")
    with stack.database.writing() as connection:
        register_key(connection, key, "worker", at=stack.now(), worker_key=key)
        for kind, about in what:
            record_operation(connection, kind, about, stack.now(), key)


def test_the_board_sees_who_was_given_a_link_by_the_command_line(stack: Stack, dana: str) -> None:
    did(
        stack,
        (BACKUP, {"files": 3}),
        (LINK_MADE, {"person": dana}),
        (SIGNED_OUT, {"person": dana, "sessions": 1, "links": 2}),
    )
    for role in MAY:
        person = stack.add_person(f"One {role}", roles=(role, "member"))
        page = stack.signed_in(person).get("/operator/acts")
        assert page.status_code == 200
        text = page.text
        assert text.index("signed out everywhere") < text.index("link to sign in was made")
        assert text.index("link to sign in was made") < text.index("A backup was made")
        assert "For Dana Field: whoever has it" in text
        assert "Dana Field: one session and two links ended." in text
        assert "/operator/acts" in stack.signed_in(person).get("/me").text


def test_nobody_else_sees_it(stack: Stack) -> None:
    member = stack.add_person("Mel Member", roles=("member",))
    assert stack.signed_in(member).get("/operator/acts").status_code == 403
    assert stack.visitor().get("/operator/acts").status_code == 303


def test_it_goes_back_page_by_page(stack: Stack) -> None:
    did(stack, *[(BACKUP, {"files": n}) for n in range(60)])
    visitor = stack.signed_in(stack.add_person("Olga", roles=("operator",)))
    first = visitor.get("/operator/acts").text
    with stack.database.reading() as connection:
        entries = tables.entries.c
        query = select(entries.seq).where(entries.stream == "system", entries.kind == BACKUP)
        numbers = sorted(connection.scalars(query), reverse=True)
    assert f"entry {numbers[49]} of" in first
    assert f"entry {numbers[50]} of" not in first
    second = visitor.get(f"/operator/acts?before={numbers[49]}").text
    assert f"entry {numbers[50]} of" in second
    assert "Earlier ones" not in second
    for odd in ("x", "-1", "9" * 40, "1e3", ""):
        assert visitor.get(f"/operator/acts?before={odd}").status_code == 200
