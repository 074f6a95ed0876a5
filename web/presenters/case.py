"""The case's page, from what the store and the rules say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from definitions.canonical import Json
from definitions.definition import Definition
from definitions.rules import may_see_field
from definitions.state import CaseState
from store.queries.cases import CaseRow, SignatureRow
from store.queries.queued import QueuedRow
from store.queries.rulings import MadeRuling
from store.queries.timeline import EntryRow, MailTold
from web.diagrams import case_diagram
from web.page_models import CasePage, Form, Frame, Patch, Stopped, Withheld
from web.presenters import fields, mine
from web.presenters.cast import people
from web.presenters.earlier import earlier, version_ref
from web.presenters.entries import entry_url
from web.presenters.fields import Sight
from web.presenters.lists import lists
from web.presenters.naming import Named, Offer, named_cases, offered
from web.presenters.needs import needs
from web.presenters.patches import patches
from web.presenters.queued import queued_lines
from web.presenters.reader import Reader, case_ref, case_url
from web.presenters.relatives import Related, opened_cases, related, waited_for
from web.presenters.repeats import repeats_of
from web.presenters.ruling import rulings_in, rulings_on
from web.presenters.seats import Vacancy, vacancies
from web.presenters.shortages import shortages
from web.presenters.signatures import why_outdated
from web.presenters.standing import standing
from web.presenters.timeline import Story, timeline
from web.presenters.votes import Votes, votes
from web.presenters.warned import warned_beside
from web.presenters.way import way
from web.presenters.words import since


@dataclass(frozen=True)
class CaseSeen:
    """A case with everything of it that the reader may see.

    Attributes:
        definition: its own, with the things that were added to its lists.
        values: current values by field, only those that may be seen.
        hidden: names of fields that may not be seen.
        signed: every signature.
        entries: one page of entries.
        private: steps of which what others gave in them may not be seen.
        behind: the amendments, retractions, votes and draws, of all pages.
        mail: to whom mails went, by act.
        files: contents of the files of patch fields, by SHA-256.
        owners: whose the addresses in patches are.
        current: what new cases of the process begin under; None if there is nothing.
        older: whether there are earlier entries than `entries`.
        parent: the case that opened it; None if none did.
        children: the cases that it opened.
        queued: what it has queued for other processes; `titles` what these are called.
        made: rulings on it and in it, by number; `ruled` definitions of the cases they are about.
        rules_in: numbers of the cases in which the reader could rule on this one; `filing` the
            process of such cases.
        named: cases that it names, and that name it; `offers` what the reader can open about one.
        on_lists: who is on each access list, where that matters to what it gives.
    """

    definition: Definition
    row: CaseRow
    values: Mapping[str, Json]
    hidden: frozenset[str]
    signed: tuple[SignatureRow, ...]
    entries: tuple[EntryRow, ...]
    private: frozenset[str]
    behind: tuple[EntryRow, ...]
    mail: Mapping[str, tuple[MailTold, ...]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    current: Definition | None = None
    older: bool = False
    parent: Related | None = None
    children: tuple[Related, ...] = ()
    on_lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    queued: tuple[QueuedRow, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, MadeRuling] = field(default_factory=dict)
    ruled: Mapping[str, Definition] = field(default_factory=dict)
    rules_in: tuple[str, ...] = ()
    filing: Definition | None = None
    named: tuple[Named, ...] = ()
    offers: tuple[Offer, ...] = ()

    @property
    def state(self) -> CaseState:
        """The case's state."""
        return self.row.state


def case_page(reader: Reader, seen: CaseSeen, frame: Frame, comment: Form | None) -> CasePage:
    """Return the case's page.

    Args:
        comment: the form for a comment; it isn't shown where nobody can comment.
    """
    definition, state, row = seen.definition, seen.state, seen.row
    open_ = () if row.status == "stopped" else vacancies(definition, state, reader.community)
    outdated = why_outdated(reader, definition, state, seen.signed, seen.behind)
    sight = sight_of(reader, seen)
    told = mine.can(reader, definition, state, open_)
    refused = () if told else mine.cannot(reader, definition, state, open_)
    page = CasePage(
        frame=frame,
        case=case_ref(row.number, definition),
        subject=fields.subject(reader, definition, seen.values),
        standing=standing(
            reader,
            definition,
            row,
            open_,
            waited_for(reader, definition, state, seen.children),
        ),
        opened_by=reader.person(row.opener),
        opened=since(row.opened_at, reader.now),
        version=version_ref(definition),
        earlier=earlier(definition, seen.current, ended=bool(state.ended)),
        can=told,
        cannot=refused,
        nothing="" if told or refused else mine.nothing(reader, definition, state, open_),
        too_few=() if row.status == "stopped" else shortages(reader, definition, state),
        needs=needs(reader, definition, state, open_, seen.signed, outdated),
        fields=fields.rows(reader, sight),
        papers=fields.papers(sight),
        patches=_patches(reader, seen),
        patches_withheld=_patches_withheld(seen),
        diagram=case_diagram(definition, state),
        way=way(reader, definition, state, open_, seen.signed, outdated, seen.children),
        timeline=timeline(reader, _story(seen, outdated)),
        older_url=_older_url(seen),
        comment=comment,
        others=(
            *mine.others(reader, definition, state, open_),
            *mine.ruling(reader, definition, state, seen.rules_in, seen.filing),
            *offered(state, seen.offers),
        ),
        record_url=case_url(row.number, "record"),
        document_url=case_url(row.number, "document.pdf"),
        head=row.head.sha256,
    )
    return _as_it_is(reader, _together(reader, seen, page, open_), row)


def _together(reader: Reader, seen: CaseSeen, page: CasePage, open_: Sequence[Vacancy]) -> CasePage:
    """Add what several people do in a case, and the cases beside it."""
    definition, state = seen.definition, seen.state
    told = Votes(
        definition, state, seen.behind, lambda seq: entry_url(state.number, seq, seen.entries)
    )
    return replace(
        page,
        votes=votes(reader, told),
        lists=lists(reader, definition, state, open_),
        queued=queued_lines(seen.queued, seen.titles),
        repeats=repeats_of(definition, state),
        rulings=rulings_on(reader, definition, state, seen.made, seen.offers),
        given=rulings_in(reader, state, seen.made, seen.ruled, seen.offers),
        warned=warned_beside(reader, (definition, state), seen.parent, seen.on_lists),
        parent=related(reader, seen.parent) if seen.parent else None,
        children=opened_cases(reader, definition, state, seen.children),
        named=named_cases(reader, seen.row.case, seen.named),
        people=people(reader, definition, state, seen.behind, seen.entries, seen.hidden),
    )


def _story(seen: CaseSeen, outdated: Mapping[str, str]) -> Story:
    ends = {
        one.row.number: one.definition.state_title(one.row.state.ended)
        for one in seen.children
        if one.row.state.ended
    }
    return Story(
        seen.definition,
        seen.row.number,
        seen.entries,
        outdated,
        seen.mail,
        seen.hidden,
        seen.private,
        ends,
        seen.parent.row.number if seen.parent else "",
    )


def hidden_fields(definition: Definition, state: CaseState, reader: Reader) -> frozenset[str]:
    """Return the names of fields and evidence that the reader may not see."""
    names = {*definition.body.start.fields, *definition.body.privacy.fields}
    return frozenset(
        name
        for name in names
        if not may_see_field(definition, state, name, reader.id, reader.roles)
    )


def sight_of(reader: Reader, seen: CaseSeen) -> Sight:
    """Return what the reader is shown of the case's fields."""
    given = set(seen.state.fields)
    return Sight(
        definition=seen.definition,
        number=seen.row.number,
        values=seen.values,
        withheld=given & seen.hidden,
        erased=given - seen.hidden - set(seen.values),
        owners=seen.owners,
        notes=_notes(reader, seen),
    )


def _as_it_is(reader: Reader, page: CasePage, row: CaseRow) -> CasePage:
    """Take from the page what can't be done because the case has stopped or ended."""
    if row.status == "stopped":
        stopped = Stopped(
            reason=row.stopped_reason or "Its last act couldn't be recorded.",
            since=since(row.updated_at, reader.now),
            remedy="Nothing that was signed is lost. The operator sees it on their page; when the "
            "cause is mended, the case goes on by itself.",
        )
        sentence = "This case is stopped: nothing can be signed until the operator mends it."
        stopped_standing = replace(page.standing, sentence=sentence, tone="stopped")
        why = "Comments are open again when the case goes on."
        return replace(
            page,
            stopped=stopped,
            standing=stopped_standing,
            can=(),
            cannot=(),
            nothing="",
            needs=(),
            others=(),
            comment=None,
            comment_why_not=why,
        )
    if row.state.ended:
        return replace(
            page, comment=None, comment_why_not="A case that has ended takes no more comments."
        )
    return page


def _older_url(seen: CaseSeen) -> str:
    if not seen.older or not seen.entries:
        return ""
    return f"{case_url(seen.row.number)}?before={seen.entries[0].seq}#timeline"


def _patches(reader: Reader, seen: CaseSeen) -> tuple[Patch, ...]:
    return tuple(
        patch
        for name, spec in seen.definition.body.start.fields.items()
        if spec.type == "patch" and name in seen.values
        for patch in patches(
            reader,
            seen.values[name],
            seen.files.get(seen.values[name]["file"]["sha256"]),
            seen.owners,
        )
    )


def _patches_withheld(seen: CaseSeen) -> Withheld | None:
    for name, spec in seen.definition.body.start.fields.items():
        if spec.type == "patch" and name in seen.state.fields and name in seen.hidden:
            return fields.withheld(seen.definition, name)
    return None


def _notes(reader: Reader, seen: CaseSeen) -> dict[str, str]:
    """Say below a value by whom and when it was changed after the opening."""
    changed = {entry.act.id: entry for entry in seen.behind if entry.act.kind == "amend"}
    notes = {}
    for name, at in seen.state.fields.items():
        entry = changed.get(at.act)
        if entry is not None:
            when = since(entry.facts.time, reader.now).words
            notes[name] = f"Changed {when} by {reader.community.name(entry.act.actor)}."
    return notes
