import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ApplicationError

from worker.codec import BOUND, KEY_ID, SEALED, SealingCodec, data_converter
from worker.errors import CodecError
from worker.keys import CodecRing

RING = CodecRing("b", {"a": os.urandom(32), "b": os.urandom(32)})
OTHER = CodecRing("c", {"c": os.urandom(32)})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values=st.lists(JSON, min_size=1, max_size=3))
async def test_what_is_sealed_opens_to_the_same(values: list[Any]) -> None:
    converter = data_converter(RING)
    sealed = await converter.encode(values)
    assert await converter.decode(sealed) == values
    for payload in sealed:
        assert payload.metadata["encoding"] == SEALED
        assert payload.metadata[KEY_ID] == b"b"
        assert set(payload.metadata) == {"encoding", KEY_ID}


@given(
    data=st.binary(max_size=200),
    metadata=st.dictionaries(st.text(max_size=9), st.binary(max_size=9)),
)
async def test_any_payload_survives(data: bytes, metadata: dict[str, bytes]) -> None:
    payload = Payload(metadata=metadata, data=data)
    codec = SealingCodec(RING)
    assert await codec.decode(await codec.encode([payload])) == [payload]


async def test_nothing_shows_and_no_two_seals_are_alike() -> None:
    converter = data_converter(RING)
    one, two = await converter.encode(["a secret person"] * 2)
    assert b"secret" not in one.SerializeToString()
    assert one.data != two.data


async def test_old_keys_open_after_rotation_and_new_ones_seal() -> None:
    old = CodecRing("a", {"a": RING.keys["a"]})
    sealed = await data_converter(old).encode(["x"])
    assert await data_converter(RING).decode(sealed) == ["x"]


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
async def test_one_changed_bit_is_refused(place: int, bit: int) -> None:
    codec = SealingCodec(RING)
    [sealed] = await codec.encode([Payload(data=b"aye")])
    data = bytearray(sealed.data)
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(CodecError, match="was changed, or not sealed by us"):
        codec.open(Payload(metadata=dict(sealed.metadata), data=bytes(data)))


async def test_a_seal_does_not_pass_under_another_keys_name() -> None:
    same = os.urandom(32)
    codec = SealingCodec(CodecRing("a", {"a": same, "b": same}))
    [sealed] = await codec.encode([Payload(data=b"aye")])
    with pytest.raises(CodecError, match="'b' was changed"):
        codec.open(Payload(metadata={"encoding": SEALED, KEY_ID: b"b"}, data=sealed.data))


async def test_an_unknown_key_is_named() -> None:
    sealed = await data_converter(OTHER).encode(["x"])
    with pytest.raises(CodecError) as refused:
        await data_converter(RING).decode(sealed)
    assert "sealed with the key 'c', which isn't in our ring" in str(refused.value)


@pytest.mark.parametrize(
    "payload",
    [
        Payload(metadata={"encoding": b"json/plain"}, data=b'"aye"'),
        Payload(metadata={"encoding": SEALED}, data=b""),
        Payload(metadata={"encoding": SEALED, KEY_ID: b"b"}, data=b"short"),
        Payload(metadata={"encoding": SEALED, KEY_ID: b"\xff"}, data=b""),
        Payload(),
    ],
)
async def test_what_is_not_ours_is_refused_at_conversion_only(payload: Payload) -> None:
    converter = data_converter(RING)
    assert converter.payload_codec
    [handed_on] = await converter.payload_codec.decode([payload])
    with pytest.raises((CodecError, RuntimeError)):
        converter.payload_converter.from_payload(handed_on)


async def test_failures_hide_what_they_say() -> None:
    converter = data_converter(RING)
    failure = Failure()
    error = ApplicationError("of a secret person", "detail of a secret", type="Refused")
    await converter.encode_failure(error, failure)
    assert b"secret" not in failure.SerializeToString()
    assert "of a secret person" in str(await converter.decode_failure(failure))


async def test_of_a_long_failure_enough_stays_to_be_read() -> None:
    """Temporal cuts a failure of more than 4 kB down to what isn't sealed."""
    converter = data_converter(RING)
    failure = Failure()
    error = RuntimeError("it could not be written:\n" + "x" * 20_000)
    error.__cause__ = OSError("the disk is full")
    await converter.encode_failure(error, failure)
    assert len(failure.SerializeToString()) < 2048
    read = await converter.decode_failure(failure)
    assert str(read).startswith("RuntimeError: it could not be written: xxx")
    assert str(read.__cause__) == "OSError: the disk is full"


def of(case: str, ring: CodecRing = RING) -> DataConverter:
    return data_converter(ring).with_context(WorkflowSerializationContext("countersign", case))


def activity_of(case: str) -> DataConverter:
    context = ActivitySerializationContext(
        namespace="countersign",
        activity_id="1",
        activity_type="commit",
        activity_task_queue="countersign",
        workflow_id=case,
        workflow_type="system-patch",
        is_local=False,
    )
    return data_converter(RING).with_context(context)


async def test_what_is_sealed_for_a_case_opens_in_that_case_alone() -> None:
    [sealed] = await of("one").encode(["x"])
    assert sealed.metadata["encoding"] == BOUND
    assert await of("one").decode([sealed]) == ["x"]
    assert await activity_of("one").decode([sealed]) == ["x"], "activities are of their case"
    for other in (of("two"), activity_of("two"), of(""), of("one "), data_converter(RING)):
        with pytest.raises(CodecError, match="or not sealed by us for this case"):
            await other.decode([sealed])


async def test_the_binding_cant_be_taken_off_or_put_on() -> None:
    [bound] = await of("one").encode(["x"])
    [loose] = await data_converter(RING).encode(["x"])
    for payload, encoding in ((bound, SEALED), (loose, BOUND)):
        changed = Payload(data=payload.data, metadata={**payload.metadata, "encoding": encoding})
        for case in ("one", ""):
            with pytest.raises(CodecError, match="was changed"):
                await of(case).decode([changed])


async def test_what_was_sealed_before_there_was_a_binding_still_opens() -> None:
    sealed = await data_converter(RING).encode(["x"])
    assert await of("one").decode(sealed) == ["x"]
    assert await activity_of("one").decode(sealed) == ["x"]


async def test_a_schedule_seals_for_what_it_starts() -> None:
    """Temporal lengthens the id by the time of the start; nothing else is let pass."""
    sealed = await of("tick:summary").encode(["summary"])
    assert await of("tick:summary-2026-11-30T00:00:00Z").decode(sealed) == ["summary"]
    for other in ("tick:other-2026-11-30T00:00:00Z", "tick:summary-more", "summary"):
        with pytest.raises(CodecError):
            await of(other).decode(sealed)
    sealed = await of("case").encode(["x"])
    with pytest.raises(CodecError):
        await of("case-2026-11-30T00:00:00Z").decode(sealed)


async def test_failures_are_bound_too() -> None:
    failure = Failure()
    await of("one").encode_failure(ApplicationError("of a secret person"), failure)
    assert "of a secret person" in str(await of("one").decode_failure(failure))
    assert "secret" not in str(await of("two").decode_failure(failure))
