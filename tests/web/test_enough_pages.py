"""A step of which some seats are enough: its case's page says which, and for whom it waits."""

from pathlib import Path

from definitions.loader import load_file
from tests.support.acting import World
from tests.support.html import StrictPage

FILE = Path(__file__).parents[1] / "definitions" / "foreign" / "joint-approval.yaml"


def test_the_page_says_what_is_enough_and_what_is_still_missing(world: World) -> None:
    world.use(load_file(FILE).definition)
    number = world.open_case("Mia", "joint-approval", {"what": "A new rack"})
    world.sign("Sue", number, "approval", "administrator", outcome="approve")
    page = StrictPage(world.as_("Sue").get(f"/cases/{number}").text)
    assert not page.findings
    waits = "either one more administrator and the leader, or the Board member"
    assert f"Waiting for {waits}." in page.text
    assert f"You have signed “Approve it”. It waits for {waits}." in page.text
    assert "It is enough for either the administrators and the leader, or the Board member" in (
        page.text
    )
