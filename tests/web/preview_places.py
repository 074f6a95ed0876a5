"""Variants of the places: inbox, outbox, choosing, the policy, definitions, people, operator."""

from dataclasses import replace

from tests.web import preview_values as values
from tests.web import preview_words as w
from web.page_models import (
    AbsenceLine,
    Block,
    Button,
    By,
    CaseFold,
    CaseLine,
    Choice,
    ChoosePage,
    DefinitionPage,
    Form,
    FormField,
    Gauge,
    GroupLine,
    GroupPage,
    GroupsPage,
    HeldLine,
    InboxPage,
    InvariantLine,
    Lack,
    Link,
    Mail,
    MyPage,
    Notice,
    OnDate,
    Openable,
    OperationLine,
    OperationsPage,
    OperatorPage,
    OutboxPage,
    Page,
    PeoplePage,
    Person,
    PersonLine,
    PersonPage,
    PolicySectionPage,
    Problem,
    RoleLine,
    ScheduleLine,
    Section,
    SessionLine,
    StateLine,
    StepLine,
    Task,
    Trouble,
)

LINES = (
    CaseLine(
        case=w.case(),
        subject="Refuse expired certificates at log-in",
        standing="Waiting for one more reviewer",
        tone="waiting",
        at=w.ago("yesterday", days=1),
    ),
    CaseLine(
        case=w.case("p20261116.1", "Patch to system software"),
        subject="openssl and 13 more",
        standing="Done",
        tone="good",
        at=w.ago("last week", days=7),
    ),
    CaseLine(
        case=w.case("q20261110.11"),
        subject=w.HOSTILE,
        standing="Refused",
        tone="bad",
        at=w.ago("two weeks ago", days=13),
    ),
    CaseLine(
        case=w.case("q20261109.1"),
        subject="unbroken" * 20,
        standing="Stopped",
        tone="stopped",
        at=w.ago("two weeks ago", days=14),
    ),
)
FOLDS = (
    CaseFold(title="Opened by me", count="12", lines=LINES, empty="", older_url="/?opened=3"),
    CaseFold(title="Signed by me", count="none", lines=(), empty="You have signed nothing yet."),
)
TASKS = (
    Task(
        act="Test the patch",
        url="/cases/q20261118.2/sign/test",
        case=w.case("q20261118.2"),
        subject="Sort the list of addresses by domain",
        role="tester",
        section=w.S75,
        asked_by=w.who("Bo Example"),
        since=w.ago("five days ago", days=5),
        due=w.ago("two days late", days=2),
        overdue=True,
    ),
    Task(
        act="Review the patch",
        url="/cases/q20261123.4/sign/review",
        case=w.case(),
        subject="Refuse expired certificates at log-in",
        role="Software Assessor",
        section=w.S74,
        asked_by=w.who("Bo Example"),
        since=w.ago("an hour ago", hours=1),
        due=w.ago("by Thursday", days=-3),
        note="Changed since you signed",
    ),
)


def inboxes() -> dict[str, Page]:
    """Two things, none, and many with long names."""
    page = InboxPage(
        frame=w.frame("Inbox"), sentence="Two things wait for you.", tasks=TASKS, folds=FOLDS
    )
    long_task = replace(
        TASKS[1],
        act="Confirm the termination of access and the return of everything that was lent",
        subject="unbroken" * 20 + " " + w.HOSTILE,
        asked_by=w.LONG,
        role="team leader of the Systems Administrators",
        section=None,
        due=None,
    )
    return {
        "inbox": page,
        "inbox-empty": replace(
            page,
            frame=w.frame("Inbox", waiting=0, operator=False),
            sentence="Nothing waits for you.",
            tasks=(),
            folds=(replace(FOLDS[1], title="Opened by me", unfolded=True), FOLDS[1]),
            empty=(
                "When a case needs your signature, it shows up here, and you get a mail.",
                "As a Software Assessor you are asked to review patches.",
            ),
            may_open=(Link(label="Patch to application code", url="/open/application-patch"),),
        ),
        "inbox-many": replace(
            page,
            frame=w.frame("Inbox", waiting=31, notice=Notice(sentence="You are signed in.")),
            sentence="31 things wait for you.",
            tasks=(TASKS[0], long_task, *(TASKS[1] for _ in range(8))),
            folds=(replace(FOLDS[0], unfolded=True), FOLDS[1]),
            older_url="/?before=20261101",
            newest_url="/",
        ),
    }


def choosing() -> dict[str, Page]:
    """What one may open, and what not."""
    may = Openable(
        title="Patch to application code",
        summary="For a change to the application's own code. Anyone may hand one in.",
        asked=("Two testers.", "One to three Software Assessors, and their team leader."),
        url="/open/application-patch",
        definition_url="/definitions/application-patch",
        sections=(w.S74, w.S75),
    )
    may_not = replace(
        may,
        title="Patch to system software",
        summary="For new versions of the packages on our machines.",
        url="",
        definition_url="/definitions/system-patch",
        why_not="Only Systems Administrators open this; Ada Example is one.",
    )
    frame = w.frame("Open a case")
    return {
        "choose": ChoosePage(frame=frame, openable=(may, may_not)),
        "choose-none": ChoosePage(frame=frame, openable=()),
    }


def reference() -> dict[str, Page]:
    """The policy, a definition, people."""
    section = PolicySectionPage(
        frame=w.frame(),
        policy="Security Policy, draft p20100510",
        number="7.4",
        title="Review",
        above=(Section(number="7", url="/policy/7", title="Software assessment"),),
        blocks=(
            Block(kind="text", lines=("A patch is reviewed by somebody other than its author.",)),
            Block(kind="list", lines=("The author.", "The signers.")),
            Block(kind="text", note=True, lines=("The draft lost its lists; these are restored.",)),
        ),
        below=(w.S75,),
        before=w.S323,
        after=w.S75,
        carried_out_by=(Link(label="Patch to application code", url="/definitions/x"),),
    )
    definition = DefinitionPage(
        frame=w.frame(),
        title="Patch to application code",
        summary="A change to the application's own code, from hand-in to report.",
        version=w.VERSION,
        may_open="Anyone signed in may open it.",
        asks=("What it is, in a line.", "The patch itself, as git format-patch writes it."),
        who_sees=("Everyone may see it.",),
        sections=(w.S74, w.S75),
        steps=(
            StepLine(
                title="Review the patch",
                section=w.S74,
                who=("One to three Software Assessors by risk; not the author.",),
                outcomes=("Approve: it is applied.", "Reject: the author is told; it ends."),
                deadline="Within five days; then the team leader is told.",
                covers="A signature covers the patch and its risk; a change asks again.",
                judgement="five days.",
            ),
            StepLine(title="Apply the patch", section=None, who=("Two.",), outcomes=()),
        ),
        states=(
            StateLine(
                title="Reviewing", sentence="People sign.", ways=("Reviewed leads to Applying.",)
            ),
            StateLine(title="Done", sentence="Nothing more happens.", final=True),
        ),
        invariants=(
            InvariantLine(sentence="The author never reviews.", section=w.S74, firm=True),
            InvariantLine(sentence="The leader signs before.", section=None, firm=False),
        ),
        diagram=values.diagram(),
        open_url="/open/application-patch",
        source=Link(label="application-patch.yaml", url="/definitions/x.yaml"),
        newer=Link(label="version 1b3d5f70", url="/definitions/x/1b3d5f70"),
        differs=values.PATCHES[0].files[:1],
    )
    role = RoleLine(
        role="Software Assessor", since=w.ago("two years ago", days=730), by="motion m20241124.1"
    )
    return {
        "policy": section,
        "policy-bare": replace(
            section, blocks=(), above=(), below=(), before=None, after=None, carried_out_by=()
        ),
        "definition": definition,
        "definition-bare": replace(
            definition,
            asks=(),
            who_sees=(),
            sections=(),
            invariants=(),
            diagram=None,
            newer=None,
            differs=(),
            ended=True,
        ),
        **people(),
        "person": PersonPage(
            frame=w.frame(),
            name=w.LONG.name,
            own=True,
            now=(held(),),
            lists=(held(list_=True),),
            later=(held(tense="later"),),
            ended=(held(tense="ended"),),
            on=OnDate(action="/people/x", value="2026-11-01", words="As it stood then."),
            away=("You are away until 3 December.",),
            lacks=(LACK,),
            addresses=(w.OUTSIDE.name,),
            unreached="Mail hasn't reached them since 18 October 2026.",
            links=(Link(label="Change my password", url="/password"),),
        ),
        "me": MyPage(
            frame=w.frame(),
            name=w.LONG.name,
            roles=(role, replace(role, by_url="/x")),
            away=AWAY,
            absences=(AbsenceLine(words="You are away until 3 December.", form=BACK),),
            addresses=(w.OUTSIDE.name, "dana@example.org"),
            sessions=(
                SessionLine(
                    how="With a password",
                    begun=w.ago("yesterday", days=1),
                    seen=w.ago("just now"),
                    this=True,
                ),
            ),
            everywhere=Form(
                action="/me/sign-out-everywhere",
                buttons=(Button(label="Sign out everywhere", tone="danger"),),
            ),
            mail=Form(
                action="/me/mail",
                fields=(
                    FormField(
                        name="mail",
                        kind="choice",
                        label="Mail to you",
                        choices=(
                            Choice(value="single", label="Each mail by itself", chosen=True),
                            Choice(value="daily", label="One mail a day", hint="Links come alone."),
                        ),
                    ),
                ),
                buttons=(Button(label="Keep this choice", tone="quiet"),),
            ),
            bounces=("Mail to dana@example.org hasn't been taken since yesterday: 550 Gone.",),
            links=(Link(label="Change my password", url="/password"),),
        ),
        "person-none": PersonPage(
            frame=w.frame(), name="Pia Example", own=False, now=(), on=OnDate(action="/people/y")
        ),
    }


S912 = Section(number="9.1.2", url="/policy/9.1.2", title="Staffing")
LACK = Lack(
    sentence="The Access team has 1 of the two members that it should have at least.",
    section=S912,
    remedy="The Board admits people to roles (9.1.5).",
    case=Link(label="o20261102.1", url="/cases/o20261102.1"),
)
AWAY = Form(
    action="/me/away",
    fields=(
        FormField(name="since", kind="date", label="First day away", hint="Today or later."),
        FormField(name="until", kind="date", label="Last day away", error="It lies before."),
    ),
    buttons=(Button(label="Say that I am away", tone="quiet"),),
    problems=(Problem(sentence="It lies before.", field="until"),),
)
BACK = Form(action="/me/back", buttons=(Button(label="I am back", tone="quiet"),))


def held(tense: str = "now", *, list_: bool = False, who: Person | None = None) -> HeldLine:
    """A line of a directory's page."""
    label, url = ("SSH Access List", "/lists/x") if list_ else ("Software Assessor", "/teams/x")
    motion = By(words="motion ", number="m20241124.1", url="/cases/m20241124.1")
    case = Link(label="t20251124.1", url="/cases/t20251124.1")
    ended = tense == "ended"
    return HeldLine(
        who=who,
        what=Link(label=label, url=url),
        since=w.ago("24 November 2024", days=730),
        by=motion,
        until=w.ago("24 November 2025", days=365) if ended else None,
        ended_by=replace(motion, number="m20251124.2", url="", case=case) if ended else None,
        tense=tense,
        away="away until 3 December" if who else "",
    )


def people() -> dict[str, Page]:
    """People, teams and lists: many, long, none."""
    on = OnDate(action="/people", search="", problem="“x” isn't a day.")
    line = GroupLine(
        title="Systems Administration",
        url="/teams/x",
        about="Three members; led by nobody.",
        section=S912,
        lacks=(LACK,),
    )
    group = GroupPage(
        frame=w.frame(),
        here="teams",
        title="Systems Administration team",
        section=S912,
        now=(held(who=w.LONG), held(who=w.OUTSIDE)),
        later=(held(tense="later", who=w.LONG),),
        ended=(held(tense="ended", who=w.LONG),),
        about=("A Member who manages a critical system (1.3).",),
        managers=(w.LONG,),
        manages="Led by",
        lacks=(LACK,),
        on=OnDate(action="/teams/x"),
    )
    everybody = tuple(
        PersonLine(
            name=w.LONG.name, url=f"/people/{n}", roles=("Tester",), away="away until 3 December"
        )
        for n in range(40)
    )
    return {
        "people": PeoplePage(
            frame=w.frame(),
            sentence="Forty people.",
            people=everybody,
            on=on,
            older_url="/people?from=100",
            newest_url="/people",
        ),
        "people-none": PeoplePage(
            frame=w.frame(),
            sentence="Nobody's name has “x” in it.",
            people=(),
            on=OnDate(action="/people", search="x"),
        ),
        "teams": GroupsPage(
            frame=w.frame(),
            here="teams",
            title="Teams",
            lead="Each team should have two members or more.",
            groups=(line, line),
            lacks=(LACK,),
            on=OnDate(action="/teams"),
        ),
        "team": group,
        "list-none": replace(
            group, here="lists", now=(), later=(), ended=(), managers=(), lacks=(), about=()
        ),
    }


def desk() -> dict[str, Page]:
    """Outbox and operator's page."""
    mail = Mail(
        subject="Reminder: q20261118.2 waits for your test since five days, and it is late",
        at=w.ago("this morning", hours=9),
        body="Dear Dana,\n\nq20261118.2 waits for your test.\n\nhttps://example.org/cases/x\n",
        to="dana@example.org",
        case=w.case("q20261118.2"),
        unfolded=True,
    )
    held = replace(mail, unfolded=False, case=None, trouble="The folder can't be written to.")
    stopped = Trouble(
        what="Patch to application code",
        why="The commit failed ten times: the disk is full.",
        since=w.ago("20 minutes ago", minutes=20),
        case=w.case(),
        todo="Make room, then start the worker again; the case goes on by itself.",
    )
    operator = OperatorPage(
        frame=w.frame("Operator"),
        sentence="One case is stopped.",
        gauges=(
            Gauge(label="Oldest open case", value="9 days", hint="usual: under 14 days"),
            Gauge(label="Oldest act not settled", value="20 minutes", tone="bad", hint="usual: 0"),
        ),
        stopped=(stopped,),
        mended=(replace(stopped, what="Its workflow could not go on.", todo=""),),
        unsettled=(replace(stopped, what="act 0193a5f2", case=None, todo=""),),
        unsent=(replace(stopped, what="mail 17", case=None),),
        bounces=(replace(stopped, what="dana@example.org", case=None, why="550 Gone"),),
        forged=(replace(stopped, what="A session of Dana Field", case=None),),
        schedules=(replace(stopped, what="Summary to the Board", case=None),),
        scheduled=(
            ScheduleLine(
                title="Summary to the Board",
                words="Without the pause, the next one opens on 1 January 2027, 06:00 UTC.",
                paused="Paused since 23 November 2026, 18:04 UTC.",
                form=Form(action="/operator/schedules", buttons=(Button(label="Let it go on"),)),
            ),
        ),
        pausing=(Problem(sentence="There is no such schedule."),),
    )
    return {
        "outbox": OutboxPage(
            frame=w.frame("Outbox"), mails=(mail, held), older_url="/outbox?before=3"
        ),
        "outbox-empty": OutboxPage(frame=w.frame("Outbox"), mails=()),
        "operations": OperationsPage(
            frame=w.frame("Operators' acts"),
            lines=(
                OperationLine(
                    what="A link to sign in was made for somebody",
                    about="For Dana Field: whoever has it can sign in as them, once.",
                    at=w.ago("20 minutes ago", minutes=20),
                    entry=17,
                ),
                OperationLine(
                    what="A backup was made", about="", at=w.ago("this morning", hours=9), entry=16
                ),
            ),
            earlier=Link(label="Earlier ones", url="/operator/acts?before=16"),
        ),
        "operations-none": OperationsPage(frame=w.frame("Operators' acts"), lines=()),
        "operator": operator,
        "operator-calm": replace(
            operator,
            sentence="Nothing is stopped.",
            stopped=(),
            mended=(),
            unsettled=(),
            unsent=(),
            bounces=(),
            forged=(),
            schedules=(),
            scheduled=(),
            pausing=(),
        ),
    }


def pages() -> dict[str, Page]:
    """All of them, by name."""
    return {**inboxes(), **choosing(), **reference(), **desk()}
