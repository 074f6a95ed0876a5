"""Mails as a mail program reads them, and browsers that people without a session open links in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser

import httpx

from tests.support.eventually import BROWSER_SECONDS, eventually
from tests.support.mail_server import MailServer
from worker.walks.forms import Form, Page, read_page

_LINK = re.compile(r"https?://\S+/link/[A-Za-z0-9._-]+")


class _Anchors(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self._hidden = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in {"style", "title"}
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


@dataclass(frozen=True)
class Letter:
    """A mail that came in."""

    mail: EmailMessage

    @property
    def to(self) -> str:
        return str(self.mail["To"].addresses[0].addr_spec)

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def headers(self) -> str:
        """All headers, of the parts as well."""
        parts = self.mail.walk()
        return "\n".join(f"{name}: {value}" for part in parts for name, value in part.items())

    @property
    def text(self) -> str:
        """The part that is plain text."""
        return self._part("plain")

    @property
    def shown(self) -> str:
        """What somebody sees of the part that is HTML."""
        return " ".join(" ".join(_Anchors(self._part("html")).words).split())

    @property
    def links(self) -> list[str]:
        """The addresses in the plain part that sign."""
        return _LINK.findall(self.text)

    @property
    def link(self) -> str:
        """The address that signs; it is the same in both parts, and once in each."""
        (link,) = self.links
        assert _Anchors(self._part("html")).links.count(link) == 1
        return link

    def _part(self, kind: str) -> str:
        body = self.mail.get_body((kind,))
        assert body, f"the mail has no part {kind}"
        return str(body.get_content())


@dataclass(frozen=True)
class Letterbox:
    """What a mail server took, by whom it is for."""

    server: MailServer

    def letters(self, address: str, words: str) -> list[Letter]:
        """Return somebody's letters whose subject holds these words, the oldest first."""
        letters = [Letter(mail) for mail in list(self.server.mails)]
        return [one for one in letters if one.to == address and words in one.subject]

    def wait(self, address: str, words: str, count: int = 1) -> Letter:
        """Wait until so many such letters are there, and return the last of them."""
        eventually(lambda: len(self.letters(address, words)) >= count)
        found = self.letters(address, words)
        assert len(found) == count, [one.subject for one in found]
        return found[-1]

    def tokens(self) -> set[str]:
        """Return every token that any mail held."""
        links = [link for mail in list(self.server.mails) for link in Letter(mail).links]
        return {link.rpartition("/link/")[2] for link in links}


class Browser:
    """A browser of somebody; it keeps its cookies, and is nobody's until they sign in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(
            base_url=url,
            timeout=BROWSER_SECONDS,
            headers={"Accept": "text/html"},
            follow_redirects=False,
        )

    def ask(self, method: str, address: str) -> httpx.Response:
        """Send one request, and follow nothing."""
        return self.client.request(method, address)

    def page(self, address: str, status: int = 200) -> Page:
        """Read a page."""
        response = self.follow(self.client.get(address))
        page = read_page(response.text)
        assert response.status_code == status, f"{response.status_code}: {page.text}"
        return page

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Go where a redirect leads."""
        while response.is_redirect:
            response = self.client.get(response.headers["Location"])
        return response

    def form(self, address: str, end: str, status: int = 200) -> Form:
        """Return the form of a page whose address ends so."""
        page = self.page(address, status)
        form = page.form(end)
        assert form is not None, page.text
        return form

    def send(self, form: Form, typed: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a form as this browser would, and follow where it leads."""
        data = {**form.values, **form.named(typed or {})}
        answer = self.client.post(form.action, data=data, headers={"Origin": self.url})
        return self.follow(answer)

    def sign_in(self, link: str) -> None:
        """Sign in by a single-use link."""
        form = self.form(link, link.removeprefix(self.url))
        assert self.send(form).is_success

    @staticmethod
    def read(response: httpx.Response) -> Page:
        """Return a page as somebody reads it."""
        return read_page(response.text)

    def close(self) -> None:
        """Close it."""
        self.client.close()
