"""Atom feeds (RFC 4287) of what is published.

An entry's id is its address, which stays; its time is that of the record, and so the same however
often it is asked for. Everything is text: the library escapes it, and what XML can't hold is
replaced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_ATOM = "http://www.w3.org/2005/Atom"
_NOTHING_YET = "1970-01-01T00:00:00.000Z"
"""When a feed without entries was last changed: it must say something, and not the time of day."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (2.2)."""


@dataclass(frozen=True)
class FeedEntry:
    """Something that was published.

    Attributes:
        url: its address, whole, which is its id as well.
        updated: when, by the record (a stamp).
        text: what is published of it.
    """

    url: str
    title: str
    updated: str
    text: str


@dataclass(frozen=True)
class Feed:
    """A public list as a feed.

    Attributes:
        url: the list's address; `own_url` the feed's.
        author: who publishes it: the organisation.
    """

    title: str
    url: str
    own_url: str
    author: str
    entries: tuple[FeedEntry, ...]


def feed(shown: Feed) -> bytes:
    """Return a feed as it is sent."""
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _say(root, "id", shown.own_url)
    _say(root, "title", shown.title)
    _say(root, "updated", max((one.updated for one in shown.entries), default=_NOTHING_YET))
    _say(ET.SubElement(root, "author"), "name", shown.author)
    _link(root, "self", shown.own_url, MEDIA_TYPE.partition(";")[0])
    _link(root, "alternate", shown.url, "text/html")
    for one in shown.entries:
        entry = ET.SubElement(root, "entry")
        _say(entry, "id", one.url)
        _say(entry, "title", one.title)
        _say(entry, "updated", one.updated)
        _say(entry, "published", one.updated)
        _link(entry, "alternate", one.url, "text/html")
        _say(entry, "content", one.text, type="text")
    sent: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return sent


def _say(parent: ET.Element, name: str, text: str, **more: str) -> None:
    ET.SubElement(parent, name, more).text = _NOT_XML.sub("\ufffd", text)


def _link(parent: ET.Element, rel: str, href: str, type_: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "href": href, "type": type_})
