"""An appeal through the pages: asked for on either case, filed, drawn before others, and linked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from store import tables
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from store.signatures import SigningKey
from tests.support.acting import World, make_world
from tests.support.carrying import carry_on
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage
from tests.support.publishing import COMMUNITY, accepted_offices, holder, signed
from tests.web.test_rulings import declined, read, rules, words

TWO = COMMUNITY + "Cleo Fig, cleo@example.org, case-manager, , en, ,\n"
RULED = {"ruling": "It stays closed.", "reasons": "Nobody asked for it."}


@pytest.fixture
def town(migrated: Path, tmp_path: Path, web_key: SigningKey) -> Iterator[World]:
    with make_world(migrated, tmp_path, web_key, TWO) as made:
        yield made


@pytest.fixture
def dispute(town: World) -> str:
    """An arbitration whose offices are accepted."""
    return disputed(town)


def disputed(town: World, **typed: object) -> str:
    number = town.open_case("Fay", "arbitration", {"claim": "Open it again.", **typed})
    accepted_offices(town, number)
    return number


def decided(town: World, number: str) -> None:
    """Hear the parties and deny what is asked for."""
    manager, judge = (holder(town, number, name) for name in ("case_manager", "arbitrator"))
    signed(town, manager, number, "hearing", "case_manager", outcome="heard", statements="So.")
    signed(town, judge, number, "ruling", "arbitrator", outcome="deny", **RULED)


def offices(town: World, number: str) -> set[str]:
    return {holder(town, number, name) for name in ("arbitrator", "case_manager")}


def refused(town: World, appealed: str) -> str:
    """File an appeal that isn't taken; return the page."""
    path = "/open/arbitration"
    check = town.form("Bo", path).send(claim="It was wrong.", appealed=appealed)
    page = town.post("Bo", path, check)
    if page.status_code == 200:
        page = town.post("Bo", path, filled_form(page.text, path).send(step="open"))
    assert page.status_code == 422, words(page.text)
    assert StrictPage(page.text).findings == []
    return words(page.text)


def test_an_appeal_goes_before_others_and_both_cases_say_so(town: World, dispute: str) -> None:
    decided(town, dispute)
    link = f"/open/arbitration?appealed={dispute}"
    assert f'href="{link}"' in town.as_("Bo").get(f"/cases/{dispute}").text
    form = filled_form(town.as_("Bo").get(link).text, "/open/arbitration")
    assert dispute in form.data.values()
    appeal = disputed(town, appealed=dispute)
    assert not offices(town, appeal) & offices(town, dispute)
    assert town.state(appeal).named["appealed"].number == dispute
    told = read(town, "Ruth", f"/cases/{dispute}")
    assert f"Appeal {appeal} Arbitration" in told
    assert "Record what the parties say" in told
    told = read(town, "Ruth", f"/cases/{appeal}")
    assert f"Appeal against {dispute} Arbitration Ruled: denied" in told
    assert "by the record of that case" in told
    decided(town, appeal)
    assert f"Appeal {appeal} Arbitration Ruled: denied" in read(town, "Ruth", f"/cases/{dispute}")
    assert verify_record(town.stack.database).ok


def test_a_ruling_is_appealed_against_from_the_case_that_it_is_about(
    town: World, dispute: str
) -> None:
    patch = town.open_system_patch("Bo")
    judge = holder(town, dispute, "arbitrator")
    rules(town, judge, dispute, patch, "suspend")
    link = f"/open/arbitration?appealed={dispute}/1"
    for number in (patch, dispute):
        assert f'href="{link}"' in town.as_("Bo").get(f"/cases/{number}").text
    appeal = disputed(town, appealed=f"{dispute}/1")
    assert not offices(town, appeal) & offices(town, dispute)
    for number in (dispute, appeal):
        assert f"It is about ruling {dispute}/1." in read(town, "Ruth", f"/cases/{number}")
    rules(town, holder(town, appeal, "arbitrator"), appeal, patch, "goes on")
    assert town.state(patch).suspended is None
    assert verify_record(town.stack.database).ok


def test_an_appeal_of_an_appeal_is_before_none_of_them_all(town: World, dispute: str) -> None:
    decided(town, dispute)
    appeal = disputed(town, appealed=dispute)
    decided(town, appeal)
    again = town.open_case("Bo", "arbitration", {"claim": "Once more.", "appealed": appeal})
    carry_on(town)
    state = town.state(again)
    assert state.configuration == ("unassigned",), "two of each office, and all had part in it"
    named = {town.people[name] for name in (*offices(town, dispute), *offices(town, appeal), "Fay")}
    assert set(state.people["earlier"]) == named
    assert "there is no Arbitrator or Case Manager" in read(town, "Bo", "/outbox")


def test_whoever_could_appeal_is_offered_it_and_only_where_something_is_decided(
    town: World, dispute: str
) -> None:
    link = f"/open/arbitration?appealed={dispute}"
    assert link not in town.as_("Bo").get(f"/cases/{dispute}").text
    decided(town, dispute)
    assert link in town.as_("Judy").get(f"/cases/{dispute}").text
    patch = town.open_system_patch("Bo")
    assert "appealed=" not in town.as_("Bo").get(f"/cases/{patch}").text


def test_what_cannot_be_appealed_against_is_refused_at_its_field(town: World, dispute: str) -> None:
    patch = town.open_system_patch("Bo")
    assert "there is no case a20200101.1." in refused(town, "a20200101.1")
    assert f"{patch} isn't a case of that kind." in refused(town, patch)
    assert f"in {dispute} nothing is decided yet." in refused(town, dispute)
    assert f"no ruling {dispute}/1 was made." in refused(town, f"{dispute}/1")
    assert "isn't the number of a case or of a ruling" in refused(town, "the last one")


def test_which_case_names_which_is_made_anew_from_the_record(town: World, dispute: str) -> None:
    decided(town, dispute)
    appeal = disputed(town, appealed=dispute)
    database = town.stack.database
    with database.writing() as connection:
        connection.execute(tables.named_cases.delete())
    assert appeal not in read(town, "Ruth", f"/cases/{dispute}")
    report = rebuild(database, at=town.stack.now(), worker_key=town.gateway.worker_key)
    assert report.changed == {"named_cases": {"missing": 1}}
    assert f"Appeal {appeal}" in read(town, "Ruth", f"/cases/{dispute}")


def test_whoever_is_drawn_in_both_gives_one_of_them_back(town: World, dispute: str) -> None:
    patch = town.open_system_patch("Bo")
    first = holder(town, dispute, "arbitrator")
    rules(town, first, dispute, patch, "suspend")
    town.stack.clock.pass_time(timedelta(days=31))
    town.visitors.clear()
    carry_on(town)
    assert town.state(dispute).configuration == ("unassigned",), "nobody was heard in time"
    appeal = town.open_case("Fay", "arbitration", {"claim": "So.", "appealed": f"{dispute}/1"})
    carry_on(town)
    second = holder(town, appeal, "arbitrator")
    assert second != first
    again = {"outcome": "again", "comment": "Once more."}
    signed(town, "Ruth", dispute, "unassigned", "board", **again)
    if holder(town, dispute, "arbitrator") == first:
        declined(town, first, dispute)
    assert holder(town, dispute, "arbitrator") == second
    sure = {"outcome": "accept", "independent": "yes"}
    answer = town.sign(second, appeal, "acceptance", "arbitrator", **sure)
    assert answer.status_code == 403
    assert "of the case appealed against" in words(answer.text)
    said = town.form("Fay", f"/cases/{appeal}", f"/cases/{appeal}/comment")
    assert town.post("Fay", f"/cases/{appeal}/comment", said.send(comment="?")).status_code == 303
    assert town.people[second] in town.state(appeal).people["earlier"]
    told = read(town, second, f"/cases/{appeal}")
    assert "Leave the office of Arbitrator to another" in told
    declined(town, second, appeal)
    assert town.state(appeal).configuration == ("unassigned",), "nobody else is left"
    assert verify_record(town.stack.database).ok
