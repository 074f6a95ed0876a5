"""What happens by itself: grants and ends are due with whom, what and on whose authority."""

from definitions.rules import next_due
from tests.support.appointing_case import PARENT, VALUES, begun, child_ends, judged, working
from tests.support.playing import accepted, refused


def test_a_grant_is_due_with_person_role_and_the_number_behind_it() -> None:
    changes = accepted(child_ends(judged(begun()), "good"))
    (grant,) = changes.deeds  # `none` on the form's second choice asks for nothing
    assert (grant.key, grant.state) == ("enter-working-1", "working")
    assert (grant.persons, grant.what) == (("sam",), "systems-administrator")
    assert grant.authority == "w20260302.1"
    assert [mail.key for mail in changes.mails] == ["enter-working-4"]


def test_a_place_on_a_list_is_due_on_the_authority_of_the_case_itself() -> None:
    play = judged(begun({**VALUES, "role": "none", "access": "ssh-access-list"}, "sam"))
    (grant,) = accepted(child_ends(play, "good")).deeds
    assert (grant.effect.grant is not None, grant.what) == (True, "ssh-access-list")
    assert grant.authority == "t20260302.1"


def test_an_end_of_every_role_is_due() -> None:
    (end,) = accepted(child_ends(judged(begun()), "bad")).deeds
    assert (end.key, end.persons, end.what) == ("enter-refused-3", ("sam",), "all")
    assert end.effect.end is not None


def test_what_the_matrix_forbids_goes_the_other_way_and_causes_nothing_else() -> None:
    play = judged(begun({**VALUES, "access": "ssh-access-list"}))
    why = {"enter-working-1": "Nobody may be both."}
    changes = accepted(child_ends(play, "good", conflicts=why))
    assert play.case.ended == "refused"
    assert changes.happened == ("working", "refused")
    assert [deed.key for deed in changes.deeds] == ["enter-refused-3"]  # no list, no mail either
    assert changes.mails == ()
    assert next_due(play.case) is None


def test_without_another_way_the_act_is_refused_with_the_sentence_of_the_matrix() -> None:
    effects = [dict(effect) for effect in PARENT["effects"]]
    effects[1]["grant"] = {k: v for k, v in effects[1]["grant"].items() if k != "otherwise"}
    play = judged(begun(effects=effects))
    why = {"enter-working-1": "Nobody may be both."}
    refusal = refused(child_ends(play, "good", conflicts=why), "excluded", "3.4.2")
    assert refusal.sentence == "Nobody may be both."
    assert play.case.configuration == ("waiting",)


def test_a_way_that_leads_back_to_the_same_grant_is_refused() -> None:
    circle = {"working": {"on": {"was_done": "ended", "forbidden": "working"}}}
    machine = {"initial": "judging", "states": {**PARENT["machine"]["states"], **circle}}
    play = judged(begun(machine=machine))
    refused(child_ends(play, "good", conflicts={"enter-working-1": "No."}), "no-way", "3.4.2")


def test_a_mail_to_those_who_can_sign_names_that_steps_deadline() -> None:
    steps = {**PARENT["steps"]}
    steps["working"] = {**steps["working"], "deadline": {"after": "P3D", "tell": [{"role": "x"}]}}
    mail = {"to": [{"seats": "working"}], "subject": "Until {due}", "text": "Please."}
    effects = [*PARENT["effects"], {"enter": "working", "mail": mail}]
    changes = accepted(child_ends(judged(begun(steps=steps, effects=effects)), "good"))
    asked = changes.mails[-1]
    assert (asked.step, asked.words["due"]) == ("working", "2026-03-05T09:00:00.000Z")
    assert changes.mails[0].words["due"] == ""


def test_a_mail_says_that_the_case_goes_with_it_as_a_document() -> None:
    mail = {"to": [{"role": "x"}], "subject": "S", "text": "T"}
    effects = [
        *PARENT["effects"],
        {"enter": "working", "mail": mail},
        {"enter": "working", "mail": {**mail, "attach": "document"}},
    ]
    changes = accepted(child_ends(judged(begun(effects=effects)), "good"))
    assert [one.attach for one in changes.mails[-2:]] == [None, "document"]


def test_nothing_is_due_once_more_when_a_step_closes() -> None:
    play = working()
    accepted(play.sign("dan", "working", "done:keys", "done"))
    assert accepted(play.sign("dan", "working", "done:codes", "done")).deeds == ()
    assert play.case.ended == "ended"
