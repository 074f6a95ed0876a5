"""A form of a page as a browser would send it: every field with what is in it now."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from web.field_names import PREFIX, input_name


@dataclass
class FilledForm:
    """A form.

    Attributes:
        action: Where it is posted to.
        data: What is posted, each value by its name; files and buttons aren't among them.
        files: The names of inputs for files.
        buttons: The name and value of each button that has one.
        choices: The values that a radio or a select offers, by name.
    """

    action: str
    data: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, str]:
        """What is in the fields of the definition, by what that calls them."""
        return {
            name.removeprefix(PREFIX): value
            for name, value in self.data.items()
            if name.startswith(PREFIX)
        }

    def posted(self, name: str) -> str:
        """Return under which name it is posted: a field of the definition, or the form's own."""
        own = input_name(name)
        return own if own in {*self.data, *self.choices, *self.files} else name

    def send(self, **typed: object) -> dict[str, object]:
        """Return what is posted when this is typed into it; None leaves a field out."""
        data = {**self.data, **{self.posted(name): value for name, value in typed.items()}}
        return {name: value for name, value in data.items() if value is not None}


class _Forms(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[FilledForm] = []
        self._form: FilledForm | None = None
        self._area: str | None = None
        self._select: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = FilledForm(given.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(self._form, tag, given)

    def _control(self, form: FilledForm, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        kind = given.get("type", "text")
        if tag == "textarea":
            self._area = name
            form.data[name] = ""
        elif tag == "select":
            self._select = name
            form.data[name] = ""
        elif tag == "option" and self._select is not None:
            form.choices.setdefault(self._select, []).append(value)
            if "selected" in given:
                form.data[self._select] = value
        elif tag == "button" and name:
            form.buttons.append((name, value))
        elif tag == "input" and kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.data[name] = value
        elif tag == "input" and kind == "file":
            form.files.append(name)
        elif tag == "input":
            form.data[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area is not None and self._form is not None:
            # HTML drops a newline right after the start tag.
            self._form.data[self._area] = self._form.data[self._area].removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._form is not None:
            self._form.data[self._area] += data


def filled_form(html: str, action: str) -> FilledForm:
    """Return the page's form that is posted to `action`."""
    found = [form for form in _Forms(html).forms if form.action == action]
    assert len(found) == 1, f"{len(found)} forms are posted to {action}"
    return found[0]
