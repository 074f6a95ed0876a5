"""The how-manieth case it is, is told on its page and in its timeline, with links to the others."""

from tests.support.acting import World
from tests.support.admitting import LIBRARY as SMALL
from tests.support.html import StrictPage


def page_of(world: World, name: str, number: str) -> tuple[str, StrictPage]:
    answer = world.as_(name).get(f"/cases/{number}")
    page = StrictPage(answer.text)
    assert not page.findings
    return answer.text, page


def test_the_page_says_which_cases_came_before(world: World) -> None:
    world.use(SMALL["alarming"])
    numbers = []
    for _ in range(3):
        numbers.append(world.open_case("Mia", "alarming", {"subject": world.people["Mia"]}))
        world.sign("Mia", numbers[-1], "idle", "one", outcome="done")
    first, second, third = numbers
    _, page = page_of(world, "Mia", first)
    assert "It repeats" not in page.text
    html, page = page_of(world, "Mia", third)
    before = f"Before it came {first} and {second} ."
    told = f"It is number 3 within seven days to come to “Go on”. {before}"
    assert page.text.count(told) == 2  # at its place and in time
    assert all(f'href="/cases/{number}"' in html for number in (first, second))
