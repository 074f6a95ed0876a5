"""What is published is asked for alike on both databases, by version, by end and by key."""

from datetime import timedelta

import pytest

from store.queries.public import (
    acts_of,
    names_of,
    published_cases,
    ruling_made,
    rulings_made,
    versions_of,
)
from tests.support.community import Desk


def withdrawn(desk: Desk) -> str:
    """Open a case and withdraw it; return its id."""
    desk.clock.pass_time(timedelta(minutes=1))
    case = desk.open("sid")
    desk.do(case, "sid", "withdraw", values={"comment": "Not needed."})
    return case


@pytest.mark.parametrize("as_opened", [False, True])
def test_cases_are_published_by_version_and_end(desk: Desk, *, as_opened: bool) -> None:
    ended = [withdrawn(desk) for _ in range(3)]
    running = desk.open("sue")
    with desk.database.reading() as connection:
        (version,) = versions_of(connection, "system-patch")
        assert versions_of(connection, "no-such") == ()

        def found(ends: dict[str, tuple[str, ...]], **more: tuple[str, str]) -> list[str]:
            rows = published_cases(
                connection, "system-patch", ends, as_opened=as_opened, limit=9, **more
            )
            return [row.case for row in rows]

        assert found({}) == []
        assert found({"another": ()}) == []
        assert found({version: ("done",)}) == []
        assert found({version: ("done", "withdrawn")}) == ended[::-1]
        whole = published_cases(
            connection, "system-patch", {version: ()}, as_opened=as_opened, limit=9
        )
        assert [row.case for row in whole] == ([running] if as_opened else []) + ended[::-1]
        last = whole[-2]
        at = last.opened_at if as_opened else str(last.ended_at)
        assert found({version: ()}, before=(at, last.number)) == [ended[0]]


def test_where_nobody_ruled_there_are_no_rulings(desk: Desk) -> None:
    withdrawn(desk)
    with desk.database.reading() as connection:
        assert rulings_made(connection, limit=9) == ()
        assert rulings_made(connection, before=("2026", "x"), limit=9) == ()
        assert ruling_made(connection, "a20261123.1", 1) is None
        assert acts_of(connection, []) == {}
        assert names_of(connection, []) == {}
        sue = desk.person("sue")
        assert list(names_of(connection, [sue, "nobody"])) == [sue]
