"""A browser that survives what it talks to: it reads patiently, and sends exactly once."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from tests.support.eventually import eventually
from worker.walks.forms import Form, Page, read_page
from worker.walks.person import Someone


class Browser(Someone):
    """Somebody who is signed in; several threads may use it at once."""

    def form(self, path: str, action: str) -> Form | None:
        """Return the form on a page that is sent to `action`; None if the page says no."""
        response = self._patiently(path)
        if response.is_client_error:
            return None
        return read_page(response.text).form(action)

    def page(self, path: str) -> Page:
        """Return a page that there is."""
        response = self._patiently(path)
        assert response.is_success, f"{path}: {response.status_code} {self.words(response)}"
        return read_page(response.text)

    def get(self, path: str) -> httpx.Response:
        """Read a page once, whatever comes."""
        return self._follow(self._client.get(path))

    def post(self, path: str, data: Mapping[str, str]) -> httpx.Response | None:
        """Send a form once and follow where it leads; None if no reply came."""
        try:
            return self._follow(self._client.post(path, data=dict(data), headers=self._from()))
        except httpx.TransportError:
            return None

    def words(self, response: httpx.Response) -> str:
        """Return what a page says."""
        return read_page(response.text).text

    def _patiently(self, path: str) -> httpx.Response:
        told: list[httpx.Response | httpx.TransportError] = []

        def read() -> httpx.Response | None:
            try:
                response = self._follow(self._client.get(path))
            except httpx.TransportError as error:
                told.append(error)
                return None
            told.append(response)
            return None if response.is_server_error else response

        found = eventually(read, lambda: f"{path} can be read; the last answer: {told[-1]!r}")
        assert found is not None
        return found
