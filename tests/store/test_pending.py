import threading
from dataclasses import replace

import pytest

from definitions.acts import SignedAct
from definitions.canonical import sha256
from store import attachments
from store.pending import OtherContentError, PendingAct, load_act, settle, store_act, unsettled
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

AT, LATER = "2026-10-18T09:30:00.000Z", "2026-10-18T09:31:00.000Z"


def signed(desk: Desk) -> SignedAct:
    return desk.opening("sue").signed


def keep(desk: Desk, act: SignedAct, digest: str = "d", person: str | None = None) -> PendingAct:
    person = person or desk.person("sue")
    return store_act(desk.database, act, person=person, form_digest=digest, at=AT)


def same_form_again(act: SignedAct) -> SignedAct:
    """The same form sent again is signed again, over other salts."""
    other = replace(next(iter(act.openings.values())), salt="11" * 32)
    return replace(act, openings={**act.openings, "servers": other})


def test_an_act_is_kept_whole_before_it_is_sent(desk: Desk) -> None:
    act = signed(desk)
    stored = keep(desk, act)
    with desk.database.reading() as connection:
        assert load_act(connection, act.act["id"]) == stored
        assert load_act(connection, "none") is None
    assert stored.signed == act
    assert stored.result is None


def test_a_second_click_sends_the_first_act(desk: Desk) -> None:
    act = signed(desk)
    keep(desk, act)
    assert keep(desk, same_form_again(act)).signed == act


def test_many_clicks_at_once_are_one_act(desk: Desk) -> None:
    act = signed(desk)
    found: list[SignedAct] = []
    clicks = [
        threading.Thread(target=lambda: found.append(keep(desk, same_form_again(act)).signed))
        for _ in range(8)
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert len(found) == 8
    assert all(one == found[0] for one in found)


def test_another_content_under_the_nonce_is_refused(desk: Desk) -> None:
    act = signed(desk)
    keep(desk, act)
    with pytest.raises(OtherContentError, match="already"):
        keep(desk, act, digest="other")
    with pytest.raises(OtherContentError):
        keep(desk, act, person=desk.person("sid"))
    with pytest.raises(OtherContentError):
        keep(desk, replace(act, act={**act.act, "case": "other"}))


def test_what_is_settled_keeps_its_first_answer(desk: Desk) -> None:
    first, second = signed(desk), signed(desk)
    keep(desk, first)
    keep(desk, second)
    with desk.database.reading() as connection:
        assert unsettled(connection, AT) == (), "it may still be on its way"
        assert [act.signed for act in unsettled(connection, LATER)] == [first, second]
    settle(desk.database, first.act["id"], {"accepted": True}, LATER)
    settle(desk.database, first.act["id"], {"accepted": False}, LATER)
    with desk.database.reading() as connection:
        assert [act.signed for act in unsettled(connection, LATER)] == [second]
        stored = load_act(connection, first.act["id"])
    assert stored
    assert (stored.result, stored.settled_at) == ({"accepted": True}, LATER)
    assert keep(desk, first).result == {"accepted": True}


def test_a_file_is_stored_once_under_its_digest(desk: Desk) -> None:
    content = bytes(range(256)) * 10
    for media_type in ("text/x-patch", "text/html"):
        digest = attachments.put(desk.database, content, media_type=media_type, at=AT)
        assert digest == sha256(content)
    with desk.database.reading() as connection:
        stored = attachments.get(connection, digest)
        assert attachments.size(connection, digest) == 2560
        assert attachments.get(connection, "none") is None
        assert attachments.size(connection, "none") is None
    assert stored == attachments.Attachment(digest, "text/x-patch", content)
