"""Draws a document as PDF: tagged for who listens to it, and the same bytes for the same content.

What people typed is drawn and never read: no markup, no codes, and nothing that turns the text
around. A character that can't be drawn is shown as an empty box, and the document says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF, Align, ViewerPreferences, XPos, YPos

from web.page_models.document import Block, Document, Fact, Heading, Paragraph

_FONT = "DejaVu"
_FOLDER = Path(__file__).with_name("fonts")
_FONTS = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_MARGIN, _FOOT, _LABEL = 20, 22, 32  # millimetres
_SIZES = {1: 17.0, 2: 12.5, 3: 10.5}
_TEXT, _SMALL = 9.5, 8.0  # points
_ROOM = 26  # millimetres that a heading needs below it, so that it doesn't stand alone
_QUIET, _INK = 90, 20  # greys
_UNSHOWN = "\u25a1"
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANK = re.compile(r"\n[ \n]*\n")
_UNSEEN = re.compile(
    # Control characters, and all that turns text around, joins or hides it without being seen; the
    # two joiners stay, which writing in Persian and in India needs.
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ud800-\udfff]"
)
_LOST = (
    f"{_UNSHOWN} stands for characters that can't be shown in this document. The case's page "
    "shows them: "
)


def to_pdf(document: Document) -> bytes:
    """Return the document's file."""
    drawn = _Drawn(document)
    for block in document.blocks:
        drawn.draw(block)
    if drawn.lost:
        drawn.draw(Paragraph(text=f"{_LOST}{document.url}", quiet=True))
    return bytes(drawn.output())


class _Drawn(FPDF):
    """Pages on which blocks are drawn, each as an element of the document's structure."""

    def __init__(self, document: Document) -> None:
        super().__init__(format="A4")
        self.lost = False
        self._name = document.title
        self._element = ""
        self._marks: dict[int, int] = {}
        # Else this would be replaced wherever somebody typed it.
        self.str_alias_nb_pages = ""
        self.set_title(document.title)
        self.set_lang("en")
        self.set_creator("Countersign")
        self.set_producer("Countersign")
        self.set_creation_date(document.at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_FOOT)
        for style, name in _FONTS.items():
            self.add_font(_FONT, style, _FOLDER / name)
        self.add_page()

    def draw(self, block: Block) -> None:
        """Draw a block below what is there."""
        match block:
            case Heading():
                self._heading(block)
            case Fact():
                self._fact(block)
            case Paragraph():
                self._paragraph(block)

    def add_page(self, *args: object, **kwargs: object) -> None:
        """Go to a new page; an element that is being drawn goes on there as another one."""
        if self._element:
            self._out("EMC")
        super().add_page(*args, **kwargs)  # type: ignore[arg-type]
        if self._element:
            self._mark(self._element)

    def footer(self) -> None:
        """Say on every page which case it is, and which page."""
        self.set_y(-_FOOT + 8)
        self.set_font(_FONT, "", _SMALL)
        self.set_text_color(_QUIET)
        self._out("/Artifact BMC")
        half = self.epw / 2
        self.cell(half, 4, self._name)
        self.cell(half, 4, f"Page {self.page_no()}", align=Align.R)
        self._out("EMC")

    def _heading(self, block: Heading) -> None:
        if self.will_page_break(_ROOM):
            self.add_page()
        elif block.level > 1:
            self.ln(3 if block.level == 2 else 2)  # noqa: PLR2004 - the parts of a document
        self._write(block.text, f"/H{block.level}", _SIZES[block.level], style="B")
        self.ln(1.5)

    def _fact(self, block: Fact) -> None:
        with self._tagged("/P"):
            self._set(_SMALL, _QUIET, "")
            height = self._height(_TEXT)
            self.cell(_LABEL, height, self._clean(block.label))
            self._lines(block.text, _TEXT, _INK)

    def _paragraph(self, block: Paragraph) -> None:
        if block.label:
            if self.will_page_break(_ROOM / 2):
                self.add_page()
            self._write(block.label, "/P", _SMALL, style="B", grey=_QUIET)
        if block.quiet:
            self._write(block.text, "/P", _SMALL, grey=_QUIET)
        else:
            self._write(block.text, "/P", _TEXT)
        self.ln(1.2)

    def _write(
        self, text: str, element: str, size: float, *, style: str = "", grey: int = _INK
    ) -> None:
        with self._tagged(element):
            self._lines(text, size, grey, style)

    def _lines(self, text: str, size: float, grey: int, style: str = "") -> None:
        shown = self._clean(text)
        self._set(size, grey, style)
        # It takes three times as long, so it is for those texts alone that need it.
        self.set_text_shaping(_needs_shaping(shown))
        self.multi_cell(
            0, self._height(size), shown, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.set_text_shaping(use_shaping_engine=False)

    def _set(self, size: float, grey: int, style: str) -> None:
        self.set_font(_FONT, style, size)
        self.set_text_color(grey)

    @staticmethod
    def _height(size: float) -> float:
        return size * 0.5

    def _clean(self, text: str) -> str:
        """Return text as it can be drawn."""
        lines = _BLANK.sub("\n\n", _BREAKS.sub("\n", text).replace("\t", "    ")).strip("\n")
        seen = unicodedata.normalize("NFC", _UNSEEN.sub(_UNSHOWN, lines))
        shown = "".join(one if one == "\n" or ord(one) in _glyphs() else _UNSHOWN for one in seen)
        self.lost = self.lost or shown.count(_UNSHOWN) > text.count(_UNSHOWN)
        return shown

    @contextmanager
    def _tagged(self, element: str) -> Iterator[None]:
        self._element = element
        self._mark(element)
        yield
        self._out("EMC")
        self._element = ""

    def _mark(self, element: str) -> None:
        """Begin what belongs to an element of the structure on this page."""
        number = self._marks.get(self.page, 0)
        self._marks[self.page] = number + 1
        self._add_marked_content(struct_type=element, mcid=number)
        self._out(f"{element} <</MCID {number}>> BDC")


@cache
def _glyphs() -> frozenset[int]:
    """Return the characters that all fonts have."""
    have = []
    for name in _FONTS.values():
        with TTFont(_FOLDER / name) as one:
            have.append(frozenset(one.getBestCmap()))
    return frozenset.intersection(*have)


def _needs_shaping(text: str) -> bool:
    """Say whether letters of a text turn round, join or carry marks."""
    return not text.isascii() and any(
        unicodedata.bidirectional(one) in {"R", "AL", "AN"} or unicodedata.combining(one)
        for one in text
    )
