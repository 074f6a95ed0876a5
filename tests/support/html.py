"""Reads a page strictly: what a browser would forgive is a finding here."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
REFERENCES = ("for", "aria-describedby", "aria-labelledby")
Attributes = dict[str, str]


@dataclass(frozen=True)
class Control:
    """An input, select or textarea."""

    tag: str
    attributes: Attributes


@dataclass
class FormRead:
    """A form and what is in it."""

    attributes: Attributes
    controls: list[Control] = field(default_factory=list)

    def names(self) -> list[str]:
        """The names under which it posts."""
        return [it.attributes.get("name", "") for it in self.controls]


class StrictPage(HTMLParser):
    """A parsed page: its findings, its forms, its headings, its text.

    Attributes:
        findings: What is wrong, each as a sentence; empty for a good page.
        forms: Every form.
        headings: Levels in order.
        texts: The text nodes.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.findings: list[str] = []
        self.forms: list[FormRead] = []
        self.headings: list[int] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self._ids: Counter[str] = Counter()
        self._references: set[str] = set()
        self._labelled: set[str] = set()
        self._controls: list[Control] = []
        self.feed(html)
        self.close()
        self._finish()

    @property
    def text(self) -> str:
        """All text, with single blanks."""
        return " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if len(attributes) != len(attrs):
            self.findings.append(f"<{tag}> names an attribute twice.")
        self._attributes(tag, attributes)
        self._meaning(tag, attributes)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.findings.append(f"</{tag}> closes {self._open[-1:] or 'nothing'}.")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def _attributes(self, tag: str, attributes: Attributes) -> None:
        for name, value in attributes.items():
            if name == "style" or name.startswith("on"):
                self.findings.append(f"<{tag} {name}> is barred by the content security policy.")
            if name == "href" and not value:
                self.findings.append(f"<{tag}> links to nothing.")
            if name in REFERENCES:
                self._references.update(value.split())
        if "id" in attributes:
            self._ids[attributes["id"]] += 1

    def _meaning(self, tag: str, attributes: Attributes) -> None:
        if tag in ("script", "style"):
            self.findings.append(f"<{tag}> stands in the page.")
        elif tag == "form":
            self.forms.append(FormRead(attributes))
        elif tag == "label":
            self._labelled.add(attributes.get("for", ""))
        elif tag == "a":
            self.links.append(attributes.get("href", ""))
        elif tag in ("input", "select", "textarea"):
            control = Control(tag, attributes)
            self._controls.append(control)
            if "form" in self._open:
                self.forms[-1].controls.append(control)
        elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag == "p" and "p" in self._open[-1:]:
            self.findings.append("A paragraph stands in a paragraph.")
        if tag in ("div", "ul", "ol", "dl", "table", "section", "blockquote") and "p" in self._open:
            self.findings.append(f"<{tag}> stands in a paragraph.")

    def _finish(self) -> None:
        self.findings += [f"<{tag}> is never closed." for tag in self._open]
        self.findings += [f"The id {it} stands twice." for it, n in self._ids.items() if n > 1]
        missing = self._references - set(self._ids)
        self.findings += [f"The id {it} is named and isn't there." for it in sorted(missing)]
        for it in self._controls:
            hidden = it.attributes.get("type") == "hidden"
            if not hidden and it.attributes.get("id", "?") not in self._labelled:
                self.findings.append(f"{it.tag} {it.attributes.get('name')} has no label.")
        for form in self.forms:
            asks = form.attributes.get("method") == "get"
            if asks and "csrf_token" in form.names():
                self.findings.append(f"The form to {form.attributes.get('action')} shows a token.")
            if asks:  # it changes nothing, and what it sends stands in the address
                continue
            if form.attributes.get("method") != "post" or "csrf_token" not in form.names():
                self.findings.append(f"The form to {form.attributes.get('action')} has no token.")
