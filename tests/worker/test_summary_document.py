"""The Board's summary goes out with its mail, as a document, once to each."""

from __future__ import annotations

import io
from email import message_from_bytes, policy
from email.message import EmailMessage

from pypdf import PdfReader

from store.mail import unsent
from tests.support.eventually import eventually
from worker.walks.model import named_walk
from worker.walks.player import Player
from worker.walks.site import Site, own_site


def mails(site: Site) -> list[EmailMessage]:
    found = sorted(site.settings.mail_folder.glob("*.eml"))
    return [message_from_bytes(one.read_bytes(), policy=policy.default) for one in found]


def waiting(site: Site) -> bool:
    with site.database.reading() as connection:
        return bool(unsent(connection, limit=1))


def text_of(paper: EmailMessage) -> str:
    pages = PdfReader(io.BytesIO(paper.get_content())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_summary_goes_out_with_its_mails_and_says_what_was_documented() -> None:
    with own_site() as site:
        played = Player(site, named_walk("board-summary-good")).play()
        assert not [one for one in played if not one.ok]
        eventually(lambda: not waiting(site), "all mail has gone out")
        sent = mails(site)
    for subject, closed in (("a summary for the Board", False), ("has taken note", True)):
        those = [mail for mail in sent if subject in str(mail["Subject"])]
        lists = [mail for mail in those if mail["List-Id"]]
        assert len(lists) == 1
        assert len({mail["To"] for mail in those}) == len(those) > 1
        contents = set()
        for mail in those:
            (paper,) = mail.iter_attachments()
            assert paper.get_content_type() == "application/pdf"
            name = paper.get_filename()
            assert name
            assert str(mail["Subject"]).startswith(name.removesuffix(".pdf"))
            contents.add(paper.get_content())
            text = text_of(paper)
            for told in (
                "Summary to the Board",
                "October to December 2026",
                "A new disk in signer",
                "The old one was seven years old.",
                "Nothing else was changed.",
                "Bartho Limmerick",
            ):
                assert told in text
            # The first may go out late: then it says as well who has read it since.
            assert "Ruth Silberquell" in text or not closed
        assert len(contents) == 1 or not closed, "nothing changes any more: all have the same"
