"""What goes to Temporal goes sealed: AES-256-GCM, with the key's id beside it.

Nothing personal and no secret is in the clear in Temporal, whose operator may be somebody else.
Payloads and the texts of failures pass through here; memo and search attributes hold nothing
worth sealing. Sealing also authenticates: what was not sealed with one of our keys is not
believed, and what is sealed can't be changed or passed off as of another encoding.

It also says of which workflow a payload is: the id of the workflow to which or from which it
goes is authenticated beside it, so that what was sealed for one case can't be opened in another.
The SDK hands that id in wherever we seal and open (`with_context`). Activities and updates of the
same workflow can't be told apart: when a history is replayed, the SDK doesn't say of which of
them a payload is. What was sealed before this was so (`SEALED`) is still opened, anywhere.

A payload that can't be opened must not stop a case: anybody who reaches the server could send
one. So `decode` never fails; it hands on a payload of a refused encoding, whose conversion fails
with the sentence, where the SDK expects conversions to fail (an update is rejected, a signal
dropped; with a key missing from the ring, a workflow task waits until it is back).

Nonces are random, 96 bits: change the key (`worker.keys.rotate_codec`) long before 2^32
payloads (NIST SP 800-38D, section 8.3).
"""

from __future__ import annotations

import copy
import os
import re
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import (
    ActivitySerializationContext,
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    PayloadCodec,
    PayloadConverter,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ApplicationError, FailureError

from worker.errors import CodecError, ForgedError
from workflows.names import TICK_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from temporalio.client import Client

    from worker.keys import CodecRing

SEALED: Final = b"binary/countersign-aes-256-gcm"
BOUND: Final = b"binary/countersign-aes-256-gcm-bound"
OURS: Final = frozenset({SEALED, BOUND})
"""The encodings of what is sealed: for anywhere, and for one workflow."""
REFUSED: Final = "binary/countersign-refused"
KEY_ID: Final = "countersign-key"
_WHY: Final = "countersign-why"
_FORGED: Final = b"forged"
_UNKNOWN: Final = b"unknown-key"
_NONCE_BYTES: Final = 12
_STARTED_AT: Final = re.compile(r"-\d{4}-\d{2}-\d{2}T[^-]*$")
_FAILURE_CHARACTERS: Final = 400


def _unheard(_why: str) -> None:
    """Tell nobody."""


class SealingCodec(PayloadCodec, WithSerializationContext):
    """Seals with the ring's current key, opens with any."""

    def __init__(self, ring: CodecRing, refused: Callable[[str], None] = _unheard) -> None:
        """Keep the keys.

        Args:
            refused: told, as a sentence, of each payload that can't be opened.
        """
        self._refused = refused
        self._current = ring.current
        self._ciphers = {id_: AESGCM(key) for id_, key in ring.keys.items()}
        self._workflow = ""

    def with_context(self, context: SerializationContext) -> Self:
        """Return a codec for what goes to and from one workflow, and its activities."""
        if not isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return self
        workflow = _of_schedule(context.workflow_id or "")
        if workflow == self._workflow:
            return self
        bound = copy.copy(self)
        bound._workflow = workflow  # noqa: SLF001 - its own
        return bound

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads sealed."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads opened; each that can't be, as one that fails to convert."""
        return [self._open_or_refuse(payload) for payload in payloads]

    def open(self, payload: Payload) -> Payload:
        """Return what `payload` seals.

        Raises:
            ForgedError: it isn't sealed, or not with the key that it names.
            CodecError: that key isn't in the ring, so nobody can say.
        """
        encoding = payload.metadata.get("encoding", b"")
        if encoding not in OURS:
            raise ForgedError("A payload came to us unsealed, so nobody vouches for it.")
        id_ = payload.metadata.get(KEY_ID, b"").decode("ascii", "replace")
        if id_ not in self._ciphers:
            raise CodecError(
                f"A payload is sealed with the key {id_!r}, which isn't in our ring. "
                "If codec-keys.json was replaced, put the old keys back into it."
            )
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            beside = self._beside(encoding, id_)
            return Payload.FromString(self._ciphers[id_].decrypt(nonce, sealed, beside))
        except (InvalidTag, ValueError, DecodeError) as error:
            raise ForgedError(
                f"A payload sealed with the key {id_!r} was changed, or not sealed by us"
                f"{'.' if encoding == SEALED else ' for this case.'}"
            ) from error

    def _seal(self, payload: Payload) -> Payload:
        nonce, encoding = os.urandom(_NONCE_BYTES), BOUND if self._workflow else SEALED
        sealed = self._ciphers[self._current].encrypt(
            nonce,
            payload.SerializeToString(deterministic=True),
            self._beside(encoding, self._current),
        )
        metadata = {"encoding": encoding, KEY_ID: self._current.encode("ascii")}
        return Payload(metadata=metadata, data=nonce + sealed)

    def _open_or_refuse(self, payload: Payload) -> Payload:
        try:
            return self.open(payload)
        except CodecError as error:
            self._refused(str(error))
            kind = _FORGED if isinstance(error, ForgedError) else _UNKNOWN
            metadata = {"encoding": REFUSED.encode(), _WHY: kind}
            return Payload(metadata=metadata, data=str(error).encode())

    def _beside(self, encoding: bytes, key_id: str) -> bytes:
        """What the seal authenticates beside what it hides: metadata, and of which workflow."""
        beside = encoding + b"\0" + key_id.encode("ascii")
        return beside if encoding == SEALED else beside + b"\0" + self._workflow.encode()


def _of_schedule(workflow: str) -> str:
    """Return the id as a schedule has it, which Temporal lengthens by the time of each start."""
    return _STARTED_AT.sub("", workflow) if workflow.startswith(TICK_ID) else workflow


class RefusedPayloads(EncodingPayloadConverter):
    """Fails, with its sentence, to convert what could not be opened."""

    @property
    def encoding(self) -> str:
        """The encoding that `SealingCodec.decode` gives to what it couldn't open."""
        return REFUSED

    def to_payload(self, value: Any) -> Payload | None:  # noqa: ARG002 - the interface has it
        """Convert nothing: no value is of this encoding."""
        return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:  # noqa: ARG002
        """Refuse.

        Raises:
            CodecError: always, with what was wrong.
        """
        forged = payload.metadata.get(_WHY) == _FORGED
        raise (ForgedError if forged else CodecError)(payload.data.decode("utf-8", "replace"))


class CountersignPayloads(CompositePayloadConverter):
    """Temporal's own conversions, and the one that refuses."""

    def __init__(self) -> None:
        super().__init__(
            *DefaultPayloadConverter.default_encoding_payload_converters, RefusedPayloads()
        )


class ShortFailures(DefaultFailureConverterWithEncodedAttributes):
    """Says of each error what it is and what it says, in one line; the log has the rest.

    Temporal keeps the last failure of a pending activity only up to 4 kB, and cuts a longer one
    down to what isn't sealed: nobody could read why a case doesn't go on.
    """

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Convert an error, and those that caused it."""
        short = exception if isinstance(exception, FailureError) else _short(exception)
        super().to_failure(short, payload_converter, failure)


def _short(error: BaseException) -> ApplicationError:
    words = " ".join(str(error).split())
    short = ApplicationError(words[:_FAILURE_CHARACTERS], type=type(error).__name__)
    short.__cause__ = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return short


def data_converter(ring: CodecRing, refused: Callable[[str], None] = _unheard) -> DataConverter:
    """Return the converter that every client, worker and replayer of ours uses.

    Args:
        refused: told of each payload that can't be opened.
    """
    return DataConverter(
        payload_converter_class=CountersignPayloads,
        payload_codec=SealingCodec(ring, refused),
        failure_converter_class=ShortFailures,
    )


def of_workflow(client: Client, workflow: str) -> DataConverter:
    """Return the client's converter for what a workflow, or an activity of it, was sent or said."""
    context = WorkflowSerializationContext(namespace=client.namespace, workflow_id=workflow)
    return client.data_converter.with_context(context)
