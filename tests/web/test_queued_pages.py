"""What a case has queued is told on its page, and on the page of the case that takes it."""

from tests.support.acting import World
from tests.support.admitting import LIBRARY as SMALL
from tests.support.html import StrictPage


def page_of(world: World, name: str, number: str) -> tuple[str, StrictPage]:
    answer = world.as_(name).get(f"/cases/{number}")
    page = StrictPage(answer.text)
    assert not page.findings
    return answer.text, page


def test_both_cases_say_where_it_is(world: World) -> None:
    world.use(SMALL["noting"], SMALL["summary"])
    whom = {"subject": world.people["Mia"]}
    noted = world.open_case("Mia", "noting", dict(whom))
    _, before = page_of(world, "Mia", noted)
    assert "What it has queued" not in before.text
    world.sign("Mia", noted, "idle", "one", outcome="done")
    _, waits = page_of(world, "Mia", noted)
    assert "It waits for the next “Summary”." in waits.text

    summary = world.open_case("Mia", "summary", dict(whom))
    html, page = page_of(world, "Mia", summary)
    assert f"{noted}: Noting" in page.text
    assert f'href="/cases/{noted}"' in html
    html, page = page_of(world, "Mia", noted)
    assert f"It is on the list of {summary} (“Summary”)." in page.text
    assert f'href="/cases/{summary}"' in html
