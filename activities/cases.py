"""The activities of a case: commit, load, report, deliver. Thin: the store does the work.

The names are the wire's (`workflows/names.py`); a test holds both equal, since this room may
not import that one.

Rules held here: a commit is believed to come from the workflow that Temporal says it comes
from, never from what its input says; a commit scheduled by a workflow of another kind or for
another case is refused and logged by the store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from temporalio import activity

from activities.alive import heartbeats
from activities.documents import Documents, no_documents
from activities.links import Links, no_link
from activities.mail import deliver
from activities.settings import ActivitySettings
from activities.staffing import ask_who_can_sign
from definitions.acts import (
    CommitReply,
    CommitRequest,
    Head,
    SignedAct,
    Stopped,
    StoredCase,
)
from definitions.clock import Clock
from store.cases import load_case, report_stopped
from store.checks import out_of_step
from store.commit import Committer
from store.database import Database
from store.notices import notices_for

_Activity = TypeVar("_Activity", bound=Callable[..., Any])


def _let_end(name: str) -> Callable[[_Activity], _Activity]:
    """Make an activity that is let to its end, even when Temporal has given it up.

    By default the library throws an exception into its thread when its time is up or the worker
    stops, wherever that thread is: in the middle of taking a connection from the pool, which then
    counts it as taken for good, and all who write wait for ever. And what a mail server took must
    be noted.
    """
    return activity.defn(name=name, no_thread_cancel_exception=True)


def _nothing(_case: str) -> None:
    """Carry nothing on: where no case speaks to another."""


class CaseActivities:
    """Activities with what they need; each is a method that Temporal calls by name."""

    def __init__(
        self,
        database: Database,
        committer: Committer,
        clock: Clock,
        settings: ActivitySettings,
        links: Links = no_link,
        carry_on: Callable[[str], None] = _nothing,
        documents: Documents = no_documents,
    ) -> None:
        """Keep the parts; nothing is opened here.

        Args:
            carry_on: starts the cases that a case has opened, and tells others what concerns them.
            links: makes a mail's signed link.
            documents: makes the document that goes with a mail.
        """
        self._database = database
        self._committer = committer
        self._clock = clock
        self._settings = settings
        self._links = links
        self._documents = documents
        self._carry_on = carry_on

    @_let_end("commit")
    def commit(self, request: CommitRequest) -> CommitReply:
        """Commit one act in one database transaction; see `store/commit.py`."""
        info = activity.info()
        return self._committer.commit(
            request, process=info.workflow_type or "", workflow=info.workflow_id or ""
        )

    @_let_end("load_case")
    def load_case(self, case: str, carried: Head) -> StoredCase:
        """Return the case's stored head and state; no state if it has another past.

        Args:
            case: the workflow's id.
            carried: where the case believes that its stream ends; it must be a part of what is
                stored, so that no case quietly adopts what it never confirmed.
        """
        head, state = load_case(self._database, case)
        with self._database.reading() as connection:
            apart = out_of_step(connection, case, head, carried)
        return StoredCase(head, None if apart == "ahead" else state)

    @_let_end("notices")
    def notices(self, case: str) -> list[SignedAct]:
        """Return what happened elsewhere that the case has to take in, as unsigned acts."""
        return notices_for(self._database, case)

    @_let_end("report_stopped")
    def report_stopped(self, stopped: Stopped) -> None:
        """Show on pages that the case has stopped and why, or that it goes on again."""
        report_stopped(self._database, stopped.case, stopped.reason)

    @_let_end("deliver_mail")
    def deliver_mail(self, case: str) -> None:
        """Deliver the case's mails that wait, and first of all what waits for other cases.

        What was delivered already is left alone: this may be asked as often as one likes.
        """
        with heartbeats():
            self._carry_on(case)
            deliver(self._database, self._clock, self._settings, case, self._links, self._documents)
            ask_who_can_sign(self._database, self._clock)

    def all(self) -> list[Callable[..., object]]:
        """Return what a worker registers."""
        return [
            self.commit,
            self.load_case,
            self.notices,
            self.report_stopped,
            self.deliver_mail,
        ]
