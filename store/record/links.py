"""Checks what a case's entries say of links in mails: who was given one, and who signed with one.

Every act by a link needs an earlier mail of the case that gave a link to that very person for
that step in that round; and no link signs twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from definitions.acts import LINK_ASKED, Act, Entry, by_link
from definitions.state import CaseState
from store.mail_entries import links_of, mail_of_cause, readers_of
from store.record.chain import BadRecord


@dataclass(frozen=True)
class Mailed:
    """A mail about a step.

    Attributes:
        instance: which opening of the step; None where the state couldn't be computed.
        readers: who got it; `linked` who got a link with it.
    """

    step: str | None
    instance: str | None
    readers: frozenset[str]
    linked: frozenset[str]


@dataclass
class IssuedLinks:
    """The links of one case so far: its mails by the ids of their entries, and links used."""

    mails: dict[str, Mailed] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def mailed(self, entry: Entry, act: Act, state: CaseState | None) -> None:
        """Take the entry of a mail.

        Args:
            state: the case's after the act that caused it; None where it couldn't be computed.

        Raises:
            BadRecord: it says that a link was given to somebody who got no mail, or for no step.
        """
        readers, linked = frozenset(readers_of(entry.facts)), frozenset(links_of(entry.facts))
        if not linked <= readers or (linked and act.step is None):
            raise BadRecord(entry.seq, "it gives a link to somebody whom it doesn't go to")
        at = state.steps.get(act.step or "") if state else None
        self.mails[act.id] = Mailed(act.step, at.instance if at else None, readers, linked)

    def check(self, entry: Entry, act: Act) -> None:
        """Take an act.

        Raises:
            BadRecord: it was signed with a link that it can't have been signed with, or asks for
                a new one by a link that nobody was given.
        """
        if act.kind == LINK_ASKED:
            self._check_asked(entry, act)
        if not by_link(act):
            return
        link, mail = act.auth.get("link"), act.auth.get("mail")
        if not isinstance(link, str):
            raise BadRecord(entry.seq, "it was signed with a link, but it doesn't say with which")
        if link in self.used:
            raise BadRecord(entry.seq, "the link that it was signed with had signed before")
        self.used.add(link)
        if not any(self._gave(one, act, named=mail is not None) for one in self._named(mail)):
            raise BadRecord(
                entry.seq,
                f"it was signed with a link, but no earlier mail of the case gave {act.actor} "
                f"one for “{act.step}”",
            )

    def _check_asked(self, entry: Entry, act: Act) -> None:
        mail = self.mails.get(str(mail_of_cause(act)))
        if mail is None or mail.step != act.step or act.seat not in mail.linked:
            raise BadRecord(entry.seq, "it asks for a new link, but nobody was given the earlier")

    def _named(self, mail: object) -> list[Mailed]:
        """Return the mail that the act names; all, for an act from before acts named it."""
        return [one for id_, one in self.mails.items() if mail in (None, id_)]

    @staticmethod
    def _gave(mail: Mailed, act: Act, *, named: bool) -> bool:
        given = mail.linked if named else mail.readers
        rounds = (None, act.instance)
        return act.actor in given and mail.step == act.step and mail.instance in rounds
