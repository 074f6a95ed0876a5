"""Reads the forms of a page, so that people of walks fill them as a browser does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeVar

from web.field_names import input_name

Value = TypeVar("Value")


@dataclass
class Form:
    """A form of a page.

    Attributes:
        action: where it goes.
        values: what it sends as it stands: hidden fields, prefilled ones, chosen options.
        files: names of its file fields.
        choices: names of radio buttons, selects and boxes, with the values that they offer.
        buttons: names of its buttons, with their values.
    """

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def posted(self, name: str) -> str:
        """Return under which name the form sends what people call so.

        A field of the definition comes before what the form carries itself (a comment).
        """
        own = input_name(name)
        return own if own in {*self.values, *self.files, *self.choices} else name

    def named(self, typed: Mapping[str, Value]) -> dict[str, Value]:
        """Return what is typed under the names under which the form sends it."""
        return {self.posted(name): value for name, value in typed.items()}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"style", "script", "title", "svg"}:
            self._hidden += 1
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._in_form(self._form, tag, given)

    def _in_form(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(form, name, given)
        elif tag == "textarea" and name:
            self._area = name
            form.values[name] = ""
        elif tag == "select" and name:
            self._select = name
            form.choices[name] = []
        elif tag == "option" and self._select:
            form.choices[self._select].append(given.get("value", ""))
            if "selected" in given:
                form.values[self._select] = given.get("value", "")
        elif tag == "button" and name and "disabled" not in given:
            form.buttons.append((name, given.get("value", "")))

    def _input(self, form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "file":
            form.files.add(name)
        elif kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.values[name] = given.get("value", "on")
        elif kind != "submit":
            form.values[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script", "title", "svg"}:
            self._hidden -= 1
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area is not None:
            # HTML drops the one newline that follows the opening tag.
            known = self._form.values[self._area]
            self._form.values[self._area] = known + (data.removeprefix("\n") if not known else data)
        elif not self._hidden:
            self.text.append(data)


@dataclass(frozen=True)
class Page:
    """A page as somebody reads it: its words with single blanks, and its forms."""

    text: str
    forms: tuple[Form, ...]

    def form(self, action_end: str) -> Form | None:
        """Return the form that posts to an address ending so, None if there is none."""
        found = (f for f in self.forms if f.method == "post" and f.action.endswith(action_end))
        return next(found, None)


def read_page(html: str) -> Page:
    """Read a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(" ".join(" ".join(reader.text).split()), tuple(reader.forms))
