"""Why some mutants of our definitions survive: no section is broken by them.

Each survivor has a reason here, by its name, and nothing that is killed has one: a mutant that
begins to survive is as unexplained as a new one. Where a reason says where a mutant leads, that is
looked up (`Reason.leads`); where it says that nothing more can happen, paths are played
(`Reason.no_more`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Reason(NamedTuple):
    """Why a mutant may survive.

    Attributes:
        text: the reason.
        no_more: whether whatever can happen in it can happen in ours.
        leads: `end`, if it leads to an end that isn't a good one and gives nothing; `people`, if
            it leads to a state where people (or a case that is waited for) go on.
    """

    text: str
    no_more: bool = False
    leads: str = ""


ALWAYS = Reason(
    "Authors are barred from every seat, said or unsaid; this repeats it for readers.", no_more=True
)
TOLD = Reason(
    "The policy sets no times: a deadline that only tells people opens and closes no path.",
    no_more=True,
)
STRICTER_COVERS = Reason(
    "Without `covers` a step is about all and freezes it: less can be amended.", no_more=True
)
STRICTER_REOPEN = Reason(
    "Without `reopen` what is covered freezes with the decision: less is possible.", no_more=True
)
TWICE = Reason(
    "Another step covers the same field and goes back; this one then begins anew anyway.",
    no_more=True,
)
STRICTER_AMEND = Reason(
    "Less can be amended, which no section demands; nothing else becomes possible.", no_more=True
)
STRICTER_ROUND = Reason(
    "Amending would begin the round of resubmitting again, which decides nothing.", no_more=True
)
WAITS = Reason(
    "No section ends it; the opener can still go on, give up or withdraw: it isn't caught.",
    no_more=True,
)
WAITS_FOR_MANAGER = Reason(
    "No section ends it; whoever manages the list or the team can still go on or give up.",
    no_more=True,
)
WAITS_FOR_DRAWN = Reason(
    "No section sets a time; whoever was drawn can still do it, or decline.", no_more=True
)
NOTHING_AMENDED = Reason(
    "Nothing can be amended in this process, so it makes no difference what a signature covers.",
    no_more=True,
)
FEWER = Reason(
    "Fewer people can do it. Invariants say what nobody may, not who must be able to; that "
    "somebody is left is proved.",
    no_more=True,
)
NEVER_DRAWN = Reason(
    "Author and subject are never drawn, said or unsaid; this repeats it for readers.", no_more=True
)
DRAWN = Reason(
    "Whoever is drawn is neither opener nor subject: the lot keeps them out already.", no_more=True
)
DRAWN_EARLIER = Reason(
    "Whoever is drawn had no part in the case appealed against: the lot keeps them out already. "
    "The seat bars who comes to have one later; of those the proof knows nothing, tests of rules "
    "do.",
    no_more=True,
)
ONE_SEAT = Reason(
    "One signature decides, or every outcome but one decides at once: their order says nothing.",
    no_more=True,
)
INSIDE = Reason("It is inside of a state that is named already.", no_more=True)
MAILED = Reason(
    "No section asks for this mail; whoever has something to do is shown it by their inbox.",
    no_more=True,
)
SAME_MOVE = Reason(
    "This state is entered with `securing`, in the same move; again it finds nothing left to end.",
    no_more=True,
)
CHECKED_AGAIN = Reason(
    "This check gives nothing: it spares people waiting in vain. The grant asks the matrix itself.",
    no_more=True,
)
ENDS_OTHERWISE = Reason(
    "It ends with nothing applied, given or changed; such ends differ in words alone.", leads="end"
)
GOES_ON = Reason(
    "It doesn't end: people go on from there, and whatever must come before a good end still must.",
    leads="people",
)
ENDS_SOONER = Reason("One of two signers alone ends it, with nothing given.")
ALONE_FAILED = Reason(
    "One of the two alone says that it failed; it is backed out under four eyes all the same."
)
ALL_HEARD = Reason("All are heard before the same outcome decides, since it is the gravest one.")
ASKS_AGAIN = Reason(
    "Whoever has the Board asked again, has a lot cast again or gives up gives nobody anything."
)
REPORTS = Reason("Reporting a failure approves nothing; 7.4 keeps authors from reviewing.")
OURS = Reason("9.1.7 names access and information; what else is on this list is our judgement.")
LONGER = Reason("What is added makes the list longer; nothing on it can be left out for that.")
AMENDED_BY_ANYBODY = Reason("Whoever amends, what was signed about it is outdated all the same.")
AFTERWARDS = Reason("What stands there is amended after all is decided; the record keeps both.")
COPIED = Reason(
    "The Board's motion keeps what it was told when it was opened; the record keeps both."
)
UNDECIDED = Reason("Nothing is decided by these words; the record keeps both.")
BEGINS_ANEW = Reason("Amended while it is voted on, the whole vote begins anew (decision 15).")
DECIDES_NOTHING = Reason("A motion that was withdrawn decides nothing, whoever withdrew it.")
DECIDES_NOTHING_YET = Reason(
    "A patch that was withdrawn is applied by nobody, whoever withdrew it."
)
NO_QUORUM = Reason("The policy sets neither quorum nor majority: both are settings (decision 15).")
NO_PROXIES = Reason("The policy is silent on proxies: a setting (decision 15).")
UNHEARD = Reason("No section says who is told that recusals leave too few.")
ANYBODY_ASKS = Reason("No section says who asks for it: others decide whether it comes to be.")
CHOICE_DECIDES = Reason(
    "By what the form must say only the leader or manager in question can open it all the same; "
    "without a list nothing changes."
)
WRITTEN = Reason("The proof is about who decides and what follows, not about what people write.")
NO_PATCH = Reason("A case without a patch has no authors, and nothing in it that could be applied.")
NO_ROLE = Reason("A check for no role is none that anybody waits for: who waits hands the role on.")
ASKED_ANYWAY = Reason(
    "Who may open it by a ruling or the Board's decision is asked all the same; 9.1.7 asks for no "
    "number."
)
NOT_CARRIED = Reason(
    "Of ends that give nothing it makes no difference to the policy which leads to being asked "
    "again, and which ends the case."
)
A_STEP_LATER = Reason(
    "It ends at the end of the same case and by the same motion, once it is documented."
)

ANEW = Reason("What is amended later is signed anew, or is frozen by what was decided on it.")
FILED_SOONER = Reason("The dispute is filed as soon as the case is opened, and that is no less.")
LEADS = Reason(
    "Whoever leads a team holds its role too (9.1.2), and is kept out by that; this repeats it for "
    "readers.",
)
OPENED_SOONER = Reason(
    "The new case is opened sooner, and nothing is read in it without an Arbitrator either."
)
SUMMARISED = Reason("It waits for the summary later in the same case; no section says how soon.")
OUR_LADDER = Reason(
    "5.3.3 wants a ladder in proportion, and sets no times: when who is asked is our judgement.",
    leads="people",
)
NO_FORUM = Reason(
    "Of a forum 5.3.2 says that it *should* be; at high severity one is proved.",
    leads="people",
)
FILED_EARLIER = Reason("It is filed earlier, also where it needn't be yet, and that is no less.")
SAME_SIGNATURE = Reason(
    "It is filed by the signature that hands the evidence over, and not by the one before it."
)
BOTH_SIGN = Reason("Both are asked then where one is enough: more people, and not fewer.")
KEPT_APART = Reason(
    "Leaders don't write it, and who wrote it doesn't publish it: either keeps the two apart."
)
ANOTHER_WRITES = Reason(
    "No section says who writes an appendix; who does sees what they wrote, and nothing else."
)
TELLS_HOW_IT_GOES = Reason(
    "5.6 wants progress told, and doesn't say by whom; whoever does decides nothing by it."
)
NEVER_SO = Reason(
    "No case comes there so: inner states are entered by name, and answers lead elsewhere before.",
    no_more=True,
)

Rules = Mapping[Reason, tuple[str, ...]]

SURVIVORS: Mapping[str, Rules] = {
    "arbitration": {
        TOLD: (r"unassigned: without its deadline",),
        WAITS_FOR_DRAWN: (r"(acceptance|hearing|ruling): deadline without its event",),
        NOTHING_AMENDED: (r"(acceptance|unassigned|hearing|ruling): without covers",),
        ONE_SEAT: (r"ruling: outcomes turned round",),
        DRAWN: (
            r"hearing: case_manager without keeping out (opener|respondent)",
            r"ruling: arbitrator without keeping out (opener|respondent)",
        ),
        DRAWN_EARLIER: (
            r"(acceptance|hearing): case_manager without keeping out earlier",
            r"(acceptance|ruling): arbitrator without keeping out earlier",
        ),
        MAILED: (
            r"(acceptance|hearing|ruling|unassigned): mail: left out",
            r"(hearing|unassigned): mail: not to .*",
            r"(ruled_for|ruled_against): mail: not to person .*",
        ),
        ASKS_AGAIN: (r"unassigned: board for anybody",),
        GOES_ON: (
            r"machine: begins at (?P<to>unassigned)",
            r"(hearing|ruling): nobody leads to (?P<to>acceptance)",
            r"(?P<at>unassigned): deadline sends (?P<event>assign)",
        ),
        UNDECIDED: (r"amend: also claim",),
        WRITTEN: (r"form: claim not required",),
    },
    "backup-reading": {
        TOLD: (
            r"(joining|reading|separating|separating_changed|documenting): without its deadline",
            r"reviewing: without its deadline",
        ),
        ANEW: (r"amend: also (backup|why)",),
        ONE_SEAT: (r"(confirming|authorising|reviewing): outcomes turned round",),
        FEWER: (
            r"withdraw: not during (confirming|authorising)",
            r"start: not by (board-member|arbitrator)",
            r"when purpose is recovery: not by .*",
        ),
        MAILED: (
            r"(confirming|authorising|joining|reviewing|refused|not_read|not_joined): mail: .*",
            r"done: mail: not to person opener",
            r"purpose_changed: mail: not to (role arbitrator|person opener)",
        ),
        ENDS_OTHERWISE: (
            r"confirming: confirmed leads to (?P<to>refused|not_read|withdrawn) at recovery",
            r"(confirming|authorising): declined leads to (?P<to>not_read|withdrawn)",
            r"(confirming|authorising): lapsed leads to (?P<to>refused|withdrawn)",
        ),
        GOES_ON: (
            r"confirming: confirmed leads to (?P<to>confirming|authorising) at recovery",
            r"(confirming|authorising): (declined|lapsed) leads to (?P<to>confirming)",
            r"authorising: (declined|lapsed) leads to (?P<to>authorising)",
            r"documenting: documented leads to (?P<to>reviewing) at recovery",
            r"reviewing: sent_back leads to (?P<to>reviewing)",
            r"(?P<at>reviewing): deadline sends (?P<event>sent_back)",
        ),
        LEADS: (r"[a-z]+: arbitrator without keeping out systems-administration-leader",),
        OPENED_SOONER: (
            r"purpose_changed: open anew: entering (joining|reading|separating_changed)",
        ),
        ANYBODY_ASKS: (r"start: by anybody",),
        WRITTEN: (r"form: why not required",),
    },
    "backup-verification": {
        TOLD: (r"(joining|verifying|separating|separating_failed|deciding): without its deadline",),
        ANEW: (r"amend: also (backup|kept|method)",),
        MAILED: (
            r"(joining|deciding|not_verified): mail: .*",
            r"(verified_good|found_bad): mail: not to person opener",
        ),
        ANYBODY_ASKS: (r"start: by anybody",),
        WRITTEN: (r"form: (backup|kept|method) not required",),
    },
    "board-summary": {
        TOLD: (r"(documenting|noting): without its deadline",),
        NOTHING_AMENDED: (r"(documenting|noting): without covers",),
        FEWER: (
            r"documenting: not grown by systems-administration-leader",
            r"start: not by board-member",
        ),
        LONGER: (r"documenting: grown by anybody",),
        MAILED: (r"(noting|closed): mail: .*",),
        UNDECIDED: (r"amend: also period",),
        ANYBODY_ASKS: (r"start: by anybody",),
        WRITTEN: (r"form: period not required",),
    },
    "incident": {
        TOLD: (
            r"(assessing|dismissing|confirming|forum|securing_evidence): without its deadline",
            r"(to_arbitration|investigating|responding): without its deadline",
            r"(arbitrator_asked|reporting|publishing): without its deadline",
        ),
        NOTHING_AMENDED: (r"[a-z_]+: without covers",),
        ONE_SEAT: (r"(dismissing|investigating|responding|publishing): outcomes turned round",),
        FEWER: (
            r"(forum|reporting): (convener|author) not for software-assessor",
            r"(securing_evidence|investigating): not grown by .*",
        ),
        LONGER: (r"(securing_evidence|investigating): grown by anybody",),
        BOTH_SIGN: (r"to_arbitration: without need",),
        KEPT_APART: (
            r"reporting: author without keeping out systems-administration-leader",
            r"publishing: leader without keeping out reporting",
        ),
        ANOTHER_WRITES: (r"appending: author for others too",),
        TELLS_HOW_IT_GOES: (r"watching: reporter for anybody",),
        MAILED: (
            r"(assessing|dismissing|forum|securing_evidence|to_arbitration): mail: .*",
            r"(leader_asked|board_asked|arbitrator_asked|no_incident): mail: .*",
            r"confirming: mail: not to list (access|software-assessment|support)-list",
            r"closed: mail: not to list (access|software-assessment|support|board)-list",
        ),
        GOES_ON: (
            r"(?P<at>confirming|investigating): deadline sends (?P<event>reassess)",
            r"(?P<at>publishing): deadline sends (?P<event>rework)",
            r"forum: established leads to (?P<to>confirming) at urgent",
            r"responding: look_further leads to (?P<to>responding)",
            r"reporting: (reported|reassess) leads to (?P<to>assessing|confirming)",
            r"appending: appended leads to (?P<to>reporting|answering)",
            r"appending: not_appended leads to (?P<to>publishing|report)",
        ),
        OUR_LADDER: (
            r"evidence: done leads to (?P<to>handling)",
            r"watching: silent leads to (?P<to>answering)",
            r"watching_closely: goes_on leads to (?P<to>leader_asked|confirming)",
            r"watching_closely: silent leads to (?P<to>watching)",
            r"leader_asked: goes_on leads to (?P<to>assessing)",
            r"board_asked: goes_on leads to (?P<to>answering)",
            r"arbitrator_asked: goes_on leads to (?P<to>watching)",
        ),
        NO_FORUM: (r"confirming: confirmed leads to (?P<to>answering) at urgent",),
        NEVER_SO: (
            r"answering: begins at evidence",
            r"forum: established leads to confirming at low",
        ),
        FILED_EARLIER: (
            r"to_arbitration: open dispute: entering (assessing|confirming|forum)",
            r"to_arbitration: open dispute: entering securing_evidence",
        ),
        SAME_SIGNATURE: (
            r"to_arbitration: open dispute: entering (before_arbitrator|investigating)",
            r"to_arbitration: open dispute: entering watching_closely",
        ),
        UNDECIDED: (r"amend: also what",),
        WRITTEN: (r"form: (what|noticed) not required",),
    },
    "emergency-patch": {
        TOLD: (r"(applying|backing_out|remedying|documenting): without its deadline",),
        STRICTER_COVERS: (r"applying: without covers",),
        STRICTER_REOPEN: (r"applying: without reopen",),
        NOTHING_AMENDED: (
            r"(deciding|escalated|remedying|documenting): without covers",
            r"(deciding|escalated): covers without .*",
        ),
        STRICTER_AMEND: (r"without amending", r"amend: (without|not by) .*"),
        ANEW: (r"amend: also during .*",),
        ONE_SEAT: (r"(deciding|escalated): outcomes turned round",),
        MAILED: (
            r"(escalated|remedying|not_needed): mail: .*",
            r"deciding: mail: not to seats deciding",
            r"done: mail: not to person opener",
        ),
        GOES_ON: (
            r"applying: applied leads to (?P<to>applying|backing_out)",
            r"backing_out: backed_out leads to (?P<to>applying)",
            r"(deciding|escalated): (approved|instructed) leads to (?P<to>applying|backing_out)",
            r"(deciding|escalated): (approved|instructed) leads to (?P<to>deciding|escalated)",
            r"(deciding|escalated): approved leads to (?P<to>remedying)",
            r"remedying: remedied leads to (?P<to>applying|backing_out|deciding|escalated)",
        ),
        FILED_SOONER: (r"deciding: open dispute: entering applying",),
        SUMMARISED: (r"deciding: queue: entering (documenting|done)",),
        ANYBODY_ASKS: (r"start: by anybody",),
        WRITTEN: (r"form: (exploit|reach|packages|servers) not required",),
    },
    "abc": {
        TOLD: (r"unassigned: without its deadline",),
        WAITS_FOR_DRAWN: (r"(acceptance|interview|scope|ruling): deadline without its event",),
        NOTHING_AMENDED: (
            r"(acceptance|unassigned|consent|interview|scope|ruling): without covers",
        ),
        ONE_SEAT: (r"(unassigned|consent|ruling): outcomes turned round",),
        DRAWN: (
            r"interview: (arbitrator|case_manager) without keeping out opener",
            r"(acceptance|interview): (arbitrator|case_manager) letting in subject",
            r"scope: examined letting in subject",
            r"ruling: arbitrator letting in subject",
        ),
        NEVER_DRAWN: (r"draw (arbitrator|case_manager): even subject",),
        FEWER: (r"start: not by [a-z-]+(leader|member)",),
        MAILED: (
            r"(consent|interview|ruling|unassigned|accepted|refused|deferred): mail: left out",
            r"(unassigned|accepted|refused|deferred): mail: not to .*",
        ),
        LONGER: (r"scope: grown by anybody",),
        ASKS_AGAIN: (r"unassigned: board for anybody",),
        ENDS_SOONER: (r"interview: not-held at once",),
        ENDS_OTHERWISE: (
            r"unassigned: (assign|given_up) leads to (?P<to>refused|deferred)",
            r"consent: (disagreed|lapsed) leads to (?P<to>refused|deferred)",
            r"interview: not_held leads to (?P<to>refused)",
            r"(acceptance|interview|scope|ruling): nobody leads to (?P<to>refused|deferred)",
            r"ruling: refuse leads to (?P<to>deferred)",
            r"ruling: defer leads to (?P<to>refused)",
            r"(?P<at>unassigned): deadline sends (?P<event>given_up)",
            r"(?P<at>interview): deadline sends (?P<event>not_held)",
            r"(?P<at>ruling): deadline sends (?P<event>refuse|defer)",
        ),
        GOES_ON: (
            r"machine: begins at (?P<to>unassigned)",
            r"unassigned: assign leads to (?P<to>unassigned)",
            r"unassigned: given_up leads to (?P<to>acceptance|unassigned)",
            r"consent: disagreed leads to (?P<to>acceptance|unassigned|consent)",
            r"consent: lapsed leads to (?P<to>unassigned|consent)",
            r"interview: not_held leads to (?P<to>acceptance|unassigned|consent|interview)",
            r"(interview|scope|ruling): nobody leads to (?P<to>acceptance)",
            r"ruling: (refuse|defer) leads to (?P<to>acceptance|unassigned|consent)",
            r"ruling: (refuse|defer) leads to (?P<to>interview|scope|ruling)",
            r"(?P<at>unassigned): deadline sends (?P<event>assign)",
        ),
        UNDECIDED: (r"amend: also request",),
        ANYBODY_ASKS: (r"start: by anybody",),
        NO_ROLE: (r"form: role not required",),
        WRITTEN: (r"form: request not required",),
    },
    "access-list-change": {
        TOLD: (r"changed: without its deadline",),
        WAITS_FOR_MANAGER: (r"proposing: deadline without its event",),
        NOTHING_AMENDED: (r"proposing: without covers",),
        ONE_SEAT: (r"proposing: outcomes turned round",),
        FEWER: (r"(proposing|changed): manager not for .*",),
        MAILED: (r"(changed|refused|excluded): mail: .*",),
        CHECKED_AGAIN: (
            r"deciding: check grant list join: (of opener|leave instead|by authority of case)",
            r"deciding: check grant list join: physical-control-list instead",
            r"deciding: check grant list join: (begins|lasts) .*",
        ),
        ASKS_AGAIN: (r"proposing: manager for anybody",),
        ENDS_OTHERWISE: (
            r"deciding: (dropped|conflicting) leads to (?P<to>refused|excluded|withdrawn)",
            r"proposing: (again|lapsed) leads to (?P<to>refused|excluded|withdrawn)",
            r"changed: barred leads to (?P<to>refused|withdrawn)",
        ),
        GOES_ON: (
            r"machine: begins at (?P<to>proposing)",
            r"deciding: dropped leads to (?P<to>deciding|proposing)",
            r"deciding: conflicting leads to (?P<to>proposing)",
            r"proposing: (again|lapsed) leads to (?P<to>deciding|proposing)",
            r"changed: barred leads to (?P<to>deciding|proposing)",
            r"(?P<at>proposing): (deadline|give-up) sends (?P<event>again)",
        ),
        NOT_CARRIED: (
            r"deciding: open motion: (lost|inquorate) and (inquorate|withdrawn) swapped",
        ),
        A_STEP_LATER: (r"changed: end list leave: entering done",),
        COPIED: (r"amend: also (reason|area)",),
        CHOICE_DECIDES: (r"start: by anybody",),
    },
    "direction": {
        TOLD: (r"(judging|unanswered): without its deadline",),
        NOTHING_AMENDED: (r"(answering|judging|unanswered): without covers",),
        ONE_SEAT: (r"(judging|unanswered): outcomes turned round",),
        MAILED: (
            r"(answering|judging|unanswered): mail: .*",
            r"unfulfilled: mail: not to person bound",
        ),
        GOES_ON: (
            r"machine: begins at (?P<to>unanswered)",
            r"judging: (not_enough|given_up) leads to (?P<to>answering|judging|unanswered)",
            r"unanswered: (not_enough|given_up) leads to (?P<to>answering|unanswered)",
            r"(?P<at>judging|unanswered): deadline sends (?P<event>not_enough)",
        ),
        UNDECIDED: (r"amend: also (ruling|about|task|reasons|judge)",),
        FEWER: (r"start: not by arbitration",),
        ANYBODY_ASKS: (r"start: by anybody",),
        WRITTEN: (r"form: (ruling|about|task|reasons|judge) not required",),
    },
    "ruling-note": {
        TOLD: (r"noting: without its deadline",),
        NOTHING_AMENDED: (r"noting: without covers",),
        MAILED: (r"noting: mail: .*",),
        UNDECIDED: (r"amend: also (ruling|about|does|scope|reasons)",),
        FEWER: (r"start: not by arbitration",),
        ANYBODY_ASKS: (r"start: by anybody",),
        WRITTEN: (r"form: (ruling|about|does|scope|reasons) not required",),
    },
    "motion": {
        ONE_SEAT: (r"voting: outcomes turned round",),
        MAILED: (
            r"(voting|carried|lost|inquorate): mail: left out",
            r"(carried|lost|inquorate): mail: not to .*",
        ),
        NO_QUORUM: (r"voting: (one makes a quorum|a tenth is a majority)",),
        UNHEARD: (r"voting: without report",),
        NO_PROXIES: (r"voting: proxy the other way",),
        DECIDES_NOTHING: (r"withdraw: by subject", r"withdraw: to (lost|inquorate)"),
        FEWER: (r"without withdrawing", r"withdraw: not by opener"),
        BEGINS_ANEW: (r"amend: also .*",),
        ANYBODY_ASKS: (r"start: by anybody",),
        WRITTEN: (r"form: proposal not required",),
    },
    "onboarding": {
        TOLD: (r"training: without its deadline",),
        WAITS_FOR_MANAGER: (r"proposing: deadline without its event",),
        NOTHING_AMENDED: (
            r"(candidate|proposing|training): without covers",
            r"candidate: covers without .*",
        ),
        ONE_SEAT: (r"(candidate|proposing): outcomes turned round",),
        FEWER: (
            r"(proposing|training): leader not for .*",
            r"without withdrawing",
            r"withdraw: not by .*",
        ),
        MAILED: (r"(candidate|training|refused|deferred|excluded|withdrawn): mail: .*",),
        CHECKED_AGAIN: (
            r"candidate: check grant role role: (of opener|access-engineer instead)",
            r"candidate: check grant role role: by authority of .*",
            r"candidate: check grant role role: (begins|lasts) .*",
        ),
        ASKS_AGAIN: (r"proposing: leader for anybody",),
        ENDS_OTHERWISE: (
            r"candidate: (disagreed|lapsed) leads to (?P<to>refused|deferred|excluded)",
            r"candidate: conflicting leads to (?P<to>refused|deferred|withdrawn)",
            r"background_check: not_cleared leads to (?P<to>deferred|excluded|withdrawn)",
            r"deciding: (declined|dropped) leads to (?P<to>refused|deferred|excluded|withdrawn)",
            r"proposing: [a-z_]+ leads to (?P<to>refused|deferred|excluded|withdrawn)",
            r"training: barred leads to (?P<to>refused|deferred|withdrawn)",
            r"withdraw: to (?P<to>refused|deferred|excluded)",
        ),
        GOES_ON: (
            r"candidate: (disagreed|lapsed) leads to (?P<to>candidate)",
            r"background_check: cleared leads to (?P<to>proposing)",
            r"background_check: not_cleared leads to (?P<to>candidate|background_check)",
            r"deciding: (declined|dropped) leads to (?P<to>candidate|background_check)",
            r"deciding: (declined|dropped) leads to (?P<to>deciding|proposing)",
            r"proposing: again leads to (?P<to>candidate|background_check|proposing)",
            r"proposing: given_up leads to (?P<to>candidate|background_check|deciding|proposing)",
            r"training: barred leads to (?P<to>candidate|background_check|deciding|proposing)",
            r"(?P<at>proposing): (deadline|give-up) sends (?P<event>again)",
        ),
        ENDS_SOONER: (r"withdraw: also during proposing",),
        NOT_CARRIED: (
            r"background_check: open check: refused and deferred swapped",
            r"deciding: open motion: (lost|inquorate) and (inquorate|withdrawn) swapped",
        ),
        COPIED: (r"amend: also recommendation",),
        CHOICE_DECIDES: (r"start: by anybody",),
    },
    "termination": {
        TOLD: (r"(follow_up|deletion|asking_again|reporting): without its deadline",),
        NOTHING_AMENDED: (r"(follow_up|deletion|asking_again|reporting): without covers",),
        FEWER: (
            r"follow_up: (done not for|not grown by) .*",
            r"reporting: leader not for .*",
            r"when trigger is leader: not by .*",
        ),
        MAILED: (
            r"(securing|not_confirmed|done): mail: .*",
            r"reinstated: mail: not to (person|list (access|systems-administration)).*",
        ),
        SAME_MOVE: (r"securing: end (role|list) all: entering (follow_up|deletion|confirming)",),
        ASKS_AGAIN: (r"asking_again: board for anybody",),
        OURS: (r"follow_up: without (passphrases|custody|lists)",),
        LONGER: (r"follow_up: grown by anybody",),
        GOES_ON: (
            r"asking_again: again leads to (?P<to>securing)",
            r"(?P<at>asking_again): deadline sends (?P<event>again)",
        ),
        AFTERWARDS: (r"amend: also (ruling|motion|reason)",),
        COPIED: (r"amend: also area",),
        ASKED_ANYWAY: (r"form: (ruling|motion) not required_when",),
    },
    "application-patch": {
        ALWAYS: (r"(review|test): (lead|reviewer|tester) without keeping out author",),
        TOLD: (r"(review|test|applying|backing_out|failure_report): without its deadline",),
        STRICTER_COVERS: (r"(review|test|applying): without covers",),
        STRICTER_REOPEN: (r"(review|test|applying): without reopen",),
        STRICTER_ROUND: (r"revision: without covers",),
        TWICE: (r"applying: covers without (risk|purpose|bug)",),
        WAITS: (r"revision: deadline without its event",),
        STRICTER_AMEND: (
            r"without amending",
            r"amend: (without|not during|not by) .*",
        ),
        FEWER: (
            r"review: lead not for designated-reviewer",
            r"without withdrawing",
            r"withdraw: not (during|by) .*",
        ),
        ONE_SEAT: (r"(review|test|revision): outcomes turned round",),
        INSIDE: (r"(amend|withdraw): also during (review|test)",),
        MAILED: (r"(revision|rejected|done|not_applied): mail: .*",),
        ALL_HEARD: (r"(review|test): (changes|reject|fail) not at once",),
        ALONE_FAILED: (r"applying: failed at once",),
        REPORTS: (r"failure_report: scribe letting in author",),
        AMENDED_BY_ANYBODY: (r"amend: by author",),
        AFTERWARDS: (r"amend: also during failure_report",),
        ENDS_OTHERWISE: (
            r"(?P<at>review|test): (deadline|changes|fail) sends (?P<event>refused)",
            r"revision: (resubmitted|lapsed) leads to (?P<to>rejected|withdrawn)",
            r"withdraw: to (?P<to>rejected)",
        ),
        GOES_ON: (
            r"machine: begins at (?P<to>revision)",
            r"(?P<at>review|test): deadline sends (?P<event>rework)",
            r"(?P<at>revision): (deadline|give-up) sends (?P<event>resubmitted)",
            r"(?P<at>applying): deadline sends (?P<event>failed)",
            r"revision: resubmitted leads to (?P<to>revision)",
            r"revision: lapsed leads to (?P<to>assessment|revision)",
        ),
        DECIDES_NOTHING_YET: (r"withdraw: by author",),
        NO_PATCH: (r"form: patch not required",),
        WRITTEN: (r"form: purpose not required",),
    },
    "system-patch": {
        TOLD: (r"(applying|documenting|backing_out|failure_report): without its deadline",),
        STRICTER_COVERS: (r"(approval|escalated|applying): without covers",),
        STRICTER_REOPEN: (r"(approval|escalated|applying): without reopen",),
        STRICTER_AMEND: (r"amend: without .*", r"amend: not during (approval|escalated)"),
        FEWER: (r"withdraw: not during .*", r"start: not by .*"),
        ONE_SEAT: (r"(approval|escalated): outcomes turned round",),
        MAILED: (
            r"(escalated|rejected|not_applied): mail: .*",
            r"done: mail: not to person opener",
        ),
        ALONE_FAILED: (r"applying: failed at once",),
        AFTERWARDS: (r"amend: also during failure_report",),
        ENDS_OTHERWISE: (
            r"escalated: approved leads to (?P<to>rejected|withdrawn)",
            r"(approval|escalated): refused leads to (?P<to>withdrawn)",
        ),
        GOES_ON: (
            r"machine: begins at (?P<to>escalated)",
            r"escalated: approved leads to (?P<to>approval|escalated)",
            r"(approval|escalated): refused leads to (?P<to>approval|escalated)",
            r"(?P<at>applying): deadline sends (?P<event>failed)",
        ),
        ANYBODY_ASKS: (r"start: by anybody",),
        WRITTEN: (r"form: (packages|servers|reason) not required",),
    },
}


def explained(process: str, name: str) -> list[tuple[Reason, re.Match[str]]]:
    """Return every reason for which a mutant of a process may survive; there should be one."""
    return [
        (reason, match)
        for reason, patterns in SURVIVORS[process].items()
        for pattern in patterns
        if (match := re.fullmatch(pattern, name)) is not None
    ]
