"""Keys and signatures: acts are signed as JWS, and verified before anything is believed.

Each signature is one of a JWS in general JSON form (RFC 7515, 7.2.1) without its payload: the
payload is always the act's canonical JSON, so nothing else can be smuggled in. The one
algorithm is Ed25519, by its fully specified name (RFC 9864; `EdDSA` is deprecated there).

Rules held here: the protected header has exactly `alg` and `kid`, and may have `typ`; there is
no unprotected header; base64url is the only spelling of its bytes (no padding, no spare bits),
so one signature can't appear under two texts; a key counts for one use only.
"""

import base64
import binascii
import contextlib
import functools
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from definitions.acts import Act
from definitions.canonical import canonical
from store.errors import StoreError

ALGORITHM = "Ed25519"
_SIGNATURE_BYTES = 64

Use: TypeAlias = Literal["web", "worker"]
JwsSignature: TypeAlias = dict[str, str]
"""`{"protected", "signature"}`, both base64url."""


class KeyFileError(StoreError):
    """A key's file can't be used; the sentence says why and what to do."""


class BadSignatureError(StoreError):
    """A signature doesn't hold; the sentence says in which way."""


@dataclass(frozen=True)
class SigningKey:
    """A private key that signs acts. It never leaves this object but into its own file."""

    kid: str
    _key: OKPKey = field(repr=False)

    def salt(self, name: str) -> str:
        """Return a salt (hexadecimal) that follows from the key: the same for the same name."""
        secret = str(self._key.as_dict(private=True)["d"]).encode()
        return hmac.new(secret, b"salt:" + name.encode(), hashlib.sha256).hexdigest()

    @classmethod
    def create(cls, path: Path) -> "SigningKey":
        """Make a new key and write it to `path`, readable by its owner only.

        The file appears whole or not at all, and an existing one is never replaced.

        Raises:
            KeyFileError: there is a file already.
        """
        key = OKPKey.generate_key("Ed25519")
        kid = key.thumbprint()
        text = canonical({**key.as_dict(private=True), "kid": kid, "alg": ALGORITHM})
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write_new(path, text)
        except FileExistsError as error:
            raise KeyFileError(
                f"{path} holds a key already, and a key is never replaced: what it signed would "
                "no longer verify. Move it away first, if you mean it."
            ) from error
        return cls(kid, key)

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """Read the key from `path`.

        Raises:
            KeyFileError: there is no such file, others may read it, or it holds no Ed25519 key.
        """
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileError(f"The key in {path} can't be read: {error}.") from error
        if mode & 0o077:
            raise KeyFileError(
                f"Others than its owner may read or write {path}. Whoever read it can sign: make "
                f"a new key if you aren't sure of them, else run `chmod 600 {path}`."
            )
        try:
            key = OKPKey.import_key(json.loads(text))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise KeyFileError(f"{path} doesn't hold a key as JWK (RFC 8037).") from error
        if not key.is_private or key.curve_name != "Ed25519":
            raise KeyFileError(f"{path} doesn't hold a private Ed25519 key.")
        return cls(key.thumbprint(), key)

    def public(self) -> dict[str, Any]:
        """Return the public key as JWK, with `kid` and `alg`."""
        return {**self._key.as_dict(private=False), "kid": self.kid, "alg": ALGORITHM}

    def sign_bytes(self, payload: bytes) -> JwsSignature:
        """Return the JWS signature over `payload`."""
        signed = jws.serialize_json(
            [{"protected": {"alg": ALGORITHM, "kid": self.kid}}],
            payload,
            self._key,
            algorithms=[ALGORITHM],
        )
        signature = signed["signatures"][0]
        return {"protected": signature["protected"], "signature": signature["signature"]}


@dataclass(frozen=True)
class PublicKey:
    """A key of the ring: what it may sign, and from when until when.

    Attributes:
        jwk: the public key as canonical JSON.
        until: what is recorded from then on with this key doesn't count; None without an end.
    """

    kid: str
    use: Use
    jwk: str
    since: str
    until: str | None = None

    def counts_at(self, at: str) -> bool:
        """Say whether it may sign what the record takes in at that time."""
        return self.since <= at and (self.until is None or at < self.until)


KeyRing: TypeAlias = Mapping[str, PublicKey]
"""Public keys by `kid`."""


def sign(act: Act, key: SigningKey) -> JwsSignature:
    """Return the signature of `key` over the act's canonical JSON."""
    return key.sign_bytes(act.canonical())


def verify(
    act: Act, signature: Mapping[str, Any], ring: KeyRing, *, use: Use, at: str | None = None
) -> str:
    """Return the `kid` whose key signed the act.

    Args:
        act: what should be signed.
        signature: `{"protected", "signature"}`.
        ring: the keys that are known.
        use: what the key must be for.
        at: when the act is taken into the record; None leaves the key's time out of account.

    Raises:
        BadSignatureError: it doesn't hold.
    """
    protected = _known_header(signature)
    key = ring.get(protected["kid"])
    if key is None:
        raise BadSignatureError("It is signed with a key that isn't registered here.")
    if key.use != use:
        raise BadSignatureError(f"It is signed with a {key.use} key where the {use}'s is needed.")
    if at is not None and not key.counts_at(at):
        raise BadSignatureError("It is signed with a key that doesn't count at this time.")
    payload = base64.urlsafe_b64encode(act.canonical()).rstrip(b"=").decode()
    whole: Any = {"payload": payload, "signatures": [dict(signature)]}
    try:
        jws.deserialize_json(whole, _public(key.jwk), algorithms=[ALGORITHM])
    except (JoseError, ValueError) as error:
        raise BadSignatureError("The signature doesn't belong to this act.") from error
    return key.kid


def _known_header(signature: Mapping[str, Any]) -> dict[str, Any]:
    if set(signature) != {"protected", "signature"}:
        raise BadSignatureError("A signature has exactly `protected` and `signature`.")
    if len(_decoded(signature["signature"])) != _SIGNATURE_BYTES:
        raise BadSignatureError(f"A signature has {_SIGNATURE_BYTES} bytes.")
    try:
        header = json.loads(_decoded(signature["protected"]))
    except ValueError as error:
        raise BadSignatureError("The signature's header isn't JSON.") from error
    if (
        not isinstance(header, dict)
        or not {"alg", "kid"} <= set(header) <= {"alg", "kid", "typ"}
        or header["alg"] != ALGORITHM
        or not isinstance(header["kid"], str)
    ):
        raise BadSignatureError(
            f"A signature's header has `alg` ({ALGORITHM}) and `kid`, and nothing else."
        )
    return header


def _decoded(text: Any) -> bytes:
    """Return the bytes of unpadded base64url that is spelt in the one canonical way."""
    with contextlib.suppress(TypeError, ValueError, binascii.Error):
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text:
            return data
    raise BadSignatureError("The signature isn't base64url as RFC 7515 spells it.")


@functools.lru_cache(maxsize=64)
def _public(jwk: str) -> OKPKey:
    return OKPKey.import_key(json.loads(jwk))


def _write_new(path: Path, text: bytes) -> None:
    """Write a file of mode 0600 that appears whole; raise FileExistsError if there is one."""
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(half, path)  # unlike rename, this never replaces
    finally:
        half.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
