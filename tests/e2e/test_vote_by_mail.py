"""The Board approves by mail: over real SMTP, from a signed link, in browsers without a session.

Everything runs as its own process. The letters are read as a mail program reads them, and the
links are opened as scanners, previews and people open them.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from store.delivery import all_bounces
from store.mail import unsent
from tests.support.eventually import eventually
from tests.support.letters import Browser, Letter
from tests.support.mail_office import (
    ANSELM,
    AYE,
    BOARD,
    MIREILLE,
    NAYE,
    RUTH,
    TEVITA,
    ZBIGNA,
    MailOffice,
    mail_office,
)

pytestmark = pytest.mark.soak

ASKED = "your vote is asked for"
FRESH = "the new link that you asked for"
MOTION = {"proposal": "To keep a second copy of the keys.", "area": "none"}
NEW_LINK = "Send me a new link"
PART_NAMES = ("header", "payload", "signature")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailOffice]:
    with pytest.MonkeyPatch.context() as patch:
        # What an operator might add: then each request stands in the log, with its address.
        patch.setenv("GUNICORN_CMD_ARGS", "--access-logfile -")
        with mail_office(tmp_path_factory.mktemp("office")) as office:
            yield office


def path_of(link: str) -> str:
    return urlsplit(link).path


def vote(browser: Browser, link: str, typed: dict[str, str] = AYE) -> httpx.Response:
    """Fill in the form of a link's page, and send it."""
    return browser.send(browser.form(link, path_of(link)), typed)


def refused(office: MailOffice, link: str, says: str, *, anew: bool) -> None:
    """Open a link that is dead: a page with its own sentence, and perhaps a way to a new one."""
    page = office.stranger().page(link, 410)
    assert says in page.text, page.text
    assert (page.form("/again") is not None) == anew


def ask_anew(office: MailOffice, link: str) -> httpx.Response:
    browser = office.stranger()
    return browser.send(browser.form(link, "/again", 410))


def house_rule(office: MailOffice, rule: str) -> str:
    """Draft a rule and put it to the vote; return its number."""
    number = office.open(RUTH, "house-rule", {"rule": rule})
    office.act(RUTH, f"/cases/{number}/sign/drafting/drafter", {"outcome": "put"})
    return number


def check_letter(letter: Letter, number: str, url: str) -> None:
    """A letter as mail programs show it: about its case first, then the link."""
    mail = letter.mail
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", mail["Message-ID"])
    assert mail["In-Reply-To"] == mail["References"]
    token = letter.link.rpartition("/link/")[2]
    assert letter.link.startswith(f"{url}/link/")
    assert len(token.split(".")) == 3
    assert token not in letter.headers.replace("\n", "").replace(" ", "")
    assert "http" not in letter.subject
    before = letter.text[: letter.text.index(letter.link)]
    assert number in before
    assert "Opening it signs nothing" in before
    assert len(before) > 150, "mail programs show the first words in their lists"
    assert token not in letter.shown
    assert "See what is to be decided" in letter.shown


def test_the_board_approves_from_its_mails(office: MailOffice) -> None:
    number = office.open(RUTH, "motion", MOTION)
    letters = {one: office.box.wait(one, f"{number}: {ASKED}") for one in BOARD}
    for letter in letters.values():
        check_letter(letter, number, office.stack.url)
    threads = {str(letter.mail["References"]) for letter in letters.values()}
    assert len(threads) == 1
    assert len({letter.mail["Message-ID"] for letter in letters.values()}) == len(BOARD)

    link, first, second = letters[ANSELM].link, office.stranger(), office.stranger()
    before = office.quiet()
    assert first.ask("HEAD", link).status_code == 200
    for _ in range(100):
        shown = first.ask("GET", link)
        assert shown.status_code == 200
    page = second.page(link)
    assert office.everything() == before
    for said in (MOTION["proposal"], "This link is for Anselm Vogelsanger alone", "Digest"):
        assert said in page.text
    assert shown.headers["Referrer-Policy"] == "strict-origin"
    assert shown.headers["Cache-Control"] == "no-store"
    form = second.form(link, path_of(link))
    answer = second.send(form, AYE)
    assert "Your vote is recorded." in second.read(answer).text
    assert "By a link in a mail" in second.read(answer).text
    assert office.votes(number) == ["aye"]

    again = second.send(form, AYE)
    assert "Your vote is recorded." in second.read(again).text, "the same form says what became"
    other = second.send(form, {**NAYE, "nonce": "A" * 22})
    assert other.status_code == 410
    assert "was used already" in second.read(other).text
    assert office.votes(number) == ["aye"]
    refused(office, link, "was used already", anew=True)
    elsewhere = first.ask("GET", f"/cases/{number}")
    assert elsewhere.headers["Location"].startswith("/sign-in?"), "it gives no other access"

    cast = office.entries(number)[-1]
    assert cast.act["kind"] == "vote"
    assert cast.act["auth"]["kind"] == "mail-link"
    mails = {one.act["id"]: one for one in office.entries(number) if one.act["kind"] == "mail"}
    assert cast.act["actor"] in mails[cast.act["auth"]["mail"]].facts["people"]["links"]
    told = office.as_(RUTH).page(f"/cases/{number}").text
    assert "voted Aye in “Vote on the motion” by a link in a mail" in told


def test_two_uses_at_once_are_one_vote(office: MailOffice) -> None:
    number = office.open(RUTH, "motion", MOTION)
    link = office.box.wait(MIREILLE, f"{number}: {ASKED}").link
    browsers = [office.stranger() for _ in range(6)]
    forms = [browser.form(link, path_of(link)) for browser in browsers]
    together = threading.Barrier(len(browsers))

    def use(index: int) -> str:
        together.wait(60)
        answer = browsers[index].send(forms[index], (AYE, NAYE)[index % 2])
        return browsers[index].read(answer).text

    with ThreadPoolExecutor(len(browsers)) as pool:
        pages = list(pool.map(use, range(len(browsers))))
    assert sum("Your vote is recorded." in page for page in pages) == 1, pages
    assert sum("was used already" in page for page in pages) == len(browsers) - 1, pages
    assert len(office.votes(number)) == 1
    votes = [entry for entry in office.entries(number) if entry.act["kind"] == "vote"]
    assert len(votes) == 1


def test_tampered_with_in_any_part_or_opened_by_somebody_else(office: MailOffice) -> None:
    number = office.open(RUTH, "motion", MOTION)
    letters = {one: office.box.wait(one, f"{number}: {ASKED}") for one in (MIREILLE, TEVITA)}
    link = letters[TEVITA].link
    start, parts = link.rpartition("/link/")[0], link.rpartition("/link/")[2].split(".")
    others = letters[MIREILLE].link.rpartition("/link/")[2].split(".")
    for index, name in enumerate(PART_NAMES):
        part = parts[index]
        for wrong in (
            f"{'A' if part[0] != 'A' else 'B'}{part[1:]}",
            f"{part[:-1]}{'A' if part[-1] != 'A' else 'B'}",
            part[: len(part) // 2],
            f"{part}=",
            "",
            *([others[index]] if name != "header" else []),
        ):
            token = ".".join((*parts[:index], wrong, *parts[index + 1 :]))
            browser = office.stranger()
            page = browser.page(f"{start}/link/{token}", 404 if not token.strip(".") else 410)
            assert "isn't one that we sent" in page.text, name
            assert page.form("/again") is None
            browser.close()
    anselm = office.as_(ANSELM)
    page = anselm.page(link, 403)
    assert "This link is for Tevita Faleolo, and Anselm Vogelsanger is signed in here." in page.text
    form = office.stranger().form(link, path_of(link))
    own = anselm.form("/me", "/sign-out").values["csrf_token"]
    stolen = anselm.send(form, {**AYE, "csrf_token": own})
    assert stolen.status_code == 403
    assert office.votes(number) == []
    assert "Your vote is recorded." in anselm.read(vote(office.as_(TEVITA), link)).text
    assert office.votes(number) == ["aye"]


def test_changed_papers_and_a_new_link_by_a_button(office: MailOffice) -> None:
    number = house_rule(office, "Doors are shut.")
    old = office.box.wait(TEVITA, f"{number}: {ASKED}").link
    waiting = office.stranger()
    form = waiting.form(old, path_of(old))
    office.act(RUTH, f"/cases/{number}/amend", {"rule": "Doors are shut at night."})
    refused(office, old, "has changed since this link was sent", anew=True)
    late = waiting.send(form, AYE)
    assert (late.status_code, office.votes(number)) == (410, [])

    mails = len(office.box.server.mails)
    answer = ask_anew(office, old)
    page = Browser.read(answer).text
    assert "A new link is on its way." in page
    letter = office.box.wait(TEVITA, f"{number}: {FRESH}")
    check_letter(letter, number, office.stack.url)
    assert len(office.box.server.mails) == mails + 1, "to nobody else"
    assert letter.link.rpartition("/link/")[2] not in answer.text
    assert TEVITA not in answer.text
    again = ask_anew(office, old)
    assert again.status_code == 429
    assert "is on its way" in Browser.read(again).text
    refused(office, old, "A newer link was sent to you", anew=True)
    assert "Doors are shut at night." in office.stranger().page(letter.link).text
    assert "Your vote is recorded." in Browser.read(vote(office.stranger(), letter.link)).text
    assert office.votes(number) == ["aye"]
    kinds = [entry.act["kind"] for entry in office.entries(number)]
    assert kinds[-3:] == ["link_asked", "mail", "vote"]
    told = office.as_(RUTH).page(f"/cases/{number}").text
    assert "was asked for a new link by which Tevita Faleolo can decide" in told


def test_given_back(office: MailOffice) -> None:
    number = house_rule(office, "Windows are open.")
    link = office.box.wait(MIREILLE, f"{number}: {ASKED}").link
    browser = office.stranger()
    answer = browser.send(browser.form(link, "/not-me"))
    assert "This link is dead now." in browser.read(answer).text
    refused(office, link, "was given back", anew=True)
    assert office.votes(number) == []


def test_a_member_who_left(office: MailOffice) -> None:
    number = house_rule(office, "Lights are out.")
    link = office.box.wait(ZBIGNA, f"{number}: {ASKED}").link
    waiting = office.stranger()
    form = waiting.form(link, path_of(link))
    me = office.as_(ZBIGNA).form("/open/standing-down", "/open/standing-down")
    (mine,) = (one for one in me.choices[me.posted("subject")] if one == office.person(ZBIGNA))
    office.open(ZBIGNA, "standing-down", {"subject": mine})
    refused(office, link, "You are no longer a member of the body", anew=False)
    late = waiting.send(form, AYE)
    assert (late.status_code, office.votes(number)) == (410, [])
    eventually(lambda: mine in office.case(number).state.votes["voting"].left)


def test_where_a_link_is_not_enough_one_signs_in_and_lands_where_one_can_sign(
    office: MailOffice,
) -> None:
    typed = {
        "subject": office.person("fenna.achterveld@example.org"),
        "role": "support-engineer",
        "request": "Fenna would help.",
    }
    number = office.open(RUTH, "abc", typed)
    eventually(lambda: bool(office.case(number).state.people.get("arbitrator")))
    drawn = office.address_of(office.case(number).state.people["arbitrator"][0])
    link = office.box.wait(drawn, f"{number}: you were drawn as Arbitrator").link
    password = {
        "password": "nine lives of a quiet evening",
        "again": "nine lives of a quiet evening",
    }
    choose_password(office.as_(drawn), password)
    browser = office.stranger()
    page = browser.page(link, 401)
    assert "Here a link isn't enough: you have to sign in as well." in page.text
    onward = sign_in_address(browser.ask("GET", link))
    form = browser.form(onward, "/sign-in")
    landed = browser.send(form, {"address": drawn, "password": password["password"]})
    assert landed.url.path == f"/cases/{number}/sign/acceptance/arbitrator"
    assert landed.status_code == 200
    assert "Accept the office" in browser.read(landed).text
    answer = browser.send(
        browser.form(link, path_of(link)), {"outcome": "accept", "independent": "yes"}
    )
    assert "You signed: accept." in browser.read(answer).text
    auth = office.entries(number)[-1].act["auth"]
    assert auth["kind"] == "password"
    assert {"link", "mail"} <= set(auth)
    told = office.as_(RUTH).page(f"/cases/{number}").text
    assert "as Arbitrator by a link in a mail: Accept" in told


def test_closed_and_expired_and_a_new_link_instead(office: MailOffice) -> None:
    motion = office.open(RUTH, "motion", MOTION)
    closed = office.box.wait(TEVITA, f"{motion}: {ASKED}").link
    rule = house_rule(office, "Keys are counted.")
    old = office.box.wait(TEVITA, f"{rule}: {ASKED}").link
    waiting = office.stranger()
    form = waiting.form(old, path_of(old))
    office.pass_time(days=4)
    eventually(lambda: office.case(motion).state.ended is not None)
    refused(office, closed, "What this link was for is closed", anew=False)
    office.pass_time(days=11)
    refused(office, old, "This link is too old: it was good for 14 days.", anew=True)
    late = waiting.send(form, AYE)
    assert (late.status_code, office.votes(rule)) == (410, [])
    assert "A new link is on its way." in Browser.read(ask_anew(office, old)).text
    fresh = office.box.wait(TEVITA, f"{rule}: {FRESH}").link
    assert "Your vote is recorded." in Browser.read(vote(office.stranger(), fresh)).text
    assert office.votes(rule) == ["aye"]
    refused(office, old, "A newer link was sent to you", anew=True)


def test_at_the_end_the_record_is_good_and_no_token_stands_anywhere(office: MailOffice) -> None:
    link = min(office.box.tokens())
    for line in (f"GET /link/{link} {link} HTTP/1.1", f"GET /link/{link} HTTP/9", f"/link/{link}"):
        send_raw(office, line)
    found = office.verified()
    assert found["ok"], found
    with office.stack.database().reading() as connection:
        assert all_bounces(connection) == ()
        assert unsent(connection) == ()
    secrets = {token.split(".")[part] for token in office.box.tokens() for part in (1, 2)}
    assert len(secrets) > 20
    folder = office.stack.settings.data.folder
    logged = (folder / "log" / "web.log").read_text(encoding="utf-8")
    assert '"GET /link/… HTTP/1.1" 200' in logged, "each request was logged, without its token"
    assert "Invalid" in logged
    assert "link-viewed" in office.stack.settings.security_log.read_text(encoding="utf-8")
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes().decode("utf-8", "replace")
        held = [secret for secret in secrets if secret in content]
        assert not held, f"{file} holds {len(held)} parts of tokens"


def send_raw(office: MailOffice, line: str) -> None:
    """Send a request that isn't one, and wait for the answer."""
    url = urlsplit(office.stack.url)
    assert url.hostname
    assert url.port
    with socket.create_connection((url.hostname, url.port), timeout=120) as connection:
        connection.sendall(f"{line}\r\nHost: {url.netloc}\r\nReferer: {line}\r\n\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def choose_password(browser: Browser, typed: dict[str, str]) -> None:
    answer = browser.send(browser.form("/password", "/password"), typed)
    assert answer.is_success, browser.read(answer).text


def sign_in_address(response: httpx.Response) -> str:
    """Return where the page's link to sign in leads."""
    found = re.search(r'href="(/sign-in\?next=[^"]+)"', response.text)
    assert found
    return found[1].replace("&amp;", "&")
