"""How mail reaches one: the choice on one's own page, and what one is told where it fails."""

from sqlalchemy import insert

from store import tables
from store.delivery import takes_digest
from tests.support.web import Stack


def test_one_chooses_one_mail_a_day_and_goes_back(stack: Stack, dana: str) -> None:
    visitor = stack.signed_in(dana)
    assert _chosen(visitor.get("/me").text) == "single"
    for choice in ("daily", "daily", "single"):
        answer = visitor.post("/me/mail", {"mail": choice})
        assert (answer.status_code, answer.location) == (303, "/me")
        assert _chosen(visitor.get("/me").text) == choice
        with stack.database.reading() as connection:
            assert takes_digest(connection, dana) == (choice == "daily")


def test_ones_address_that_bounces_is_told_to_oneself_and_the_operator(
    stack: Stack, dana: str
) -> None:
    at = stack.now()
    bounce = {"since": at, "last_at": at, "count": 2, "reason": "550 <No such person>"}
    with stack.database.writing() as connection:
        connection.execute(insert(tables.bounces).values(address="dana@example.org", **bounce))
    page = stack.signed_in(dana).get("/me").text
    assert "Mail to dana@example.org hasn&#39;t been taken since" in page
    assert "550 &lt;No such person&gt;" in page
    other = stack.signed_in(stack.add_person("Otto", ("operator",)))
    assert "hasn&#39;t been taken" not in other.get("/me").text
    operator = other.get("/operator").text
    assert "dana@example.org" in operator
    assert "refused two mails" in operator or "refused 2 mails" in operator


def test_that_mail_does_not_reach_somebody_is_told_to_leaders_and_board(
    stack: Stack, dana: str
) -> None:
    at = stack.now()
    bounce = {"since": at, "last_at": at, "count": 1, "reason": "550 Gone"}
    with stack.database.writing() as connection:
        connection.execute(insert(tables.bounces).values(address="dana@example.org", **bounce))
    for role, told in (
        ("board-member", True),
        ("systems-administration-leader", True),
        ("tester", False),
        ("operator", False),
    ):
        reader = stack.signed_in(stack.add_person(f"Some {role}", ("member", role)))
        page = reader.get(f"/people/{dana}").text
        assert ("Mail hasn&#39;t reached them since" in page) == told, role
        assert "550 Gone" not in page


def _chosen(page: str) -> str:
    (line,) = [tag for tag in page.split("<input") if 'name="mail"' in tag and " checked" in tag]
    return line.split('value="')[1].split('"')[0]
