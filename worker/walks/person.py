"""Somebody with a browser: signs in by a link, reads pages, fills forms, reads the answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import httpx

from worker.errors import CommandRefused
from worker.walks.forms import Form, Page, read_page
from worker.walks.model import upload

_TIMEOUT: Final = 130.0
"""In seconds; no page waits for a case as long as that (`web.answer_seconds`)."""
_CONFIRM_SECONDS: Final = 40.0
_LOOK_AGAIN_SECONDS: Final = 0.1
_PAGE: Final = "text/html"
_PROBLEM: Final = "application/problem+json"


@cache
def _tls() -> ssl.SSLContext:
    """Return what all browsers trust; reading it takes longer than a page."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Answer:
    """How an act ended.

    Attributes:
        accepted: whether it is in the record.
        section: the section that refused it, if one did.
        sentence: what the page said.
        url: where it ended.
    """

    accepted: bool
    sentence: str
    section: str | None = None
    url: str = ""


class Someone:
    """A person of a walk."""

    def __init__(self, url: str, link: str = "") -> None:
        """Open a browser and sign in by a single-use link; without one, as nobody."""
        self._client = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT,
            headers={"Accept": _PAGE},
            follow_redirects=False,
            verify=_tls(),
        )
        if link:
            self._sign_in(link)

    def _sign_in(self, link: str) -> None:
        page = self._read(self._client.get(link))
        form = page.form("")
        forms = [f for f in page.forms if "/sign-in/" in f.action] or ([form] if form else [])
        if not forms:
            raise CommandRefused("The page of the sign-in link has no form.")
        answer = self._client.post(forms[0].action, data=forms[0].values, headers=self._from())
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise CommandRefused(f"The sign-in link wasn't taken: {read_page(answer.text).text}")

    def close(self) -> None:
        """Close the browser."""
        self._client.close()

    def read(self, path: str) -> Page | Answer:
        """Return a page, or how it was refused."""
        response = self._follow(self._client.get(path))
        return self._refused(response) if response.is_error else read_page(response.text)

    def file(self, path: str) -> bytes:
        """Return what a link downloads."""
        return self._client.get(path).raise_for_status().content

    def fill(
        self,
        path: str,
        action_end: str,
        fields: Mapping[str, Any],
        button: tuple[str, str] | None = None,
    ) -> Answer | Page:
        """Fill the form on a page and send it.

        Args:
            path: the page.
            action_end: how the form's address ends.
            fields: what is typed; a file field takes the name of a file beside the walks.
            button: name and value of the button that is pressed.

        Returns:
            The answer, or the next page if the form leads to one (check your answers).
        """
        page = self.read(path)
        if isinstance(page, Answer):
            return page
        form = page.form(action_end)
        if form is None:
            return Answer(accepted=False, sentence=f"No such form on {path}: {page.text[:300]}")
        return self.send(form, fields, button)

    def send(
        self, form: Form, fields: Mapping[str, Any], button: tuple[str, str] | None = None
    ) -> Answer | Page:
        """Send a form as a browser does (its first button, unless told); see where it leads."""
        data = dict(form.values)
        files: dict[str, tuple[str, bytes]] = {}
        for name, value in form.named(fields).items():
            if name in form.files:
                files[name] = (str(value), upload(str(value)))
            elif value is True:
                data[name] = form.choices[name][0]
            else:
                data[name] = str(value)
        pressed = button or next(iter(form.buttons), None)
        if pressed:
            data[pressed[0]] = pressed[1]
        response = self._client.post(
            form.action, data=data, files=files or None, headers=self._from()
        )
        return self._outcome(response)

    def _from(self) -> dict[str, str]:
        return {"Origin": str(self._client.base_url).rstrip("/")}

    def _outcome(self, response: httpx.Response) -> Answer | Page:
        response = self._follow(response)
        if response.is_error:
            return self._refused(response)
        path = response.url.path
        if path.startswith("/link/"):  # its receipt is the answer itself; 202 while it isn't sure
            done = response.status_code == httpx.codes.OK
            return Answer(accepted=done, sentence=read_page(response.text).text, url=path)
        if not path.startswith("/receipts/"):
            return read_page(response.text)
        until = time.monotonic() + _CONFIRM_SECONDS
        while "Refresh" in response.headers and time.monotonic() < until:
            time.sleep(_LOOK_AGAIN_SECONDS)
            response = self._follow(self._client.get(path))
        if response.is_error:
            return self._refused(response)
        page = read_page(response.text)
        confirmed = "Refresh" not in response.headers
        return Answer(accepted=confirmed, sentence=page.text, url=str(response.url.path))

    def _follow(self, response: httpx.Response) -> httpx.Response:
        while response.is_redirect:
            response = self._client.get(response.headers["Location"])
        return response

    def _refused(self, response: httpx.Response) -> Answer:
        if response.headers.get("Content-Type", "").startswith(_PROBLEM):
            problem = response.json()
            sentence = f"{problem.get('title', '')} {problem.get('detail', '')}"
            return Answer(accepted=False, sentence=sentence, section=problem.get("section"))
        section = None
        if 'href="/policy/' in response.text:
            main = response.text.partition("box-bad")[2] or response.text
            section = main.partition('href="/policy/')[2].partition('"')[0] or None
        return Answer(accepted=False, sentence=read_page(response.text).text, section=section)

    @staticmethod
    def _read(response: httpx.Response) -> Page:
        if response.is_error:
            raise CommandRefused(f"{response.url.path}: {read_page(response.text).text}")
        return read_page(response.text)
