import base64
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey, RSAKey

from definitions.acts import Act
from definitions.canonical import canonical
from store.database import Database
from store.keys import end_key, load_ring, register_key
from store.signatures import (
    BadSignatureError,
    KeyFileError,
    KeyRing,
    PublicKey,
    SigningKey,
    Use,
    sign,
    verify,
)

FIRST_ON = {"sqlite"}

AT = "2026-10-18T09:30:00.000Z"
ACT = Act(
    id="nonce-000001",
    case="case",
    kind="comment",
    actor="p-1",
    definition="",
    shown="",
    auth={"kind": "link"},
    at=AT,
)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.create(tmp_path / "keys" / "web.jwk")


def ring(*keys: SigningKey, use: Use = "web", until: str | None = None) -> KeyRing:
    return {
        key.kid: PublicKey(key.kid, use, canonical(key.public()).decode(), AT, until)
        for key in keys
    }


def encoded(data: Any) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_key_signs_and_its_file_is_its_owners_alone(tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "keys" / "web.jwk"
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.parent.iterdir()) == [path], "nothing half-written is left"
    again = SigningKey.load(path)
    assert again.kid == key.kid == OKPKey.import_key(json.loads(path.read_text())).thumbprint()
    assert verify(ACT, sign(ACT, again), ring(key), use="web") == key.kid
    assert "d" not in key.public()
    assert json.loads(path.read_text())["d"] not in repr(key)


def test_the_algorithm_is_named_fully(key: SigningKey) -> None:
    header = json.loads(base64.urlsafe_b64decode(sign(ACT, key)["protected"] + "=="))
    assert header == {"alg": "Ed25519", "kid": key.kid}


def test_a_key_is_never_replaced(tmp_path: Path, key: SigningKey) -> None:
    with pytest.raises(KeyFileError, match="never replaced"):
        SigningKey.create(tmp_path / "keys" / "web.jwk")
    assert SigningKey.load(tmp_path / "keys" / "web.jwk").kid == key.kid
    assert len(list((tmp_path / "keys").iterdir())) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, key: SigningKey, mode: int) -> None:
    path = tmp_path / "keys" / "web.jwk"
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        SigningKey.load(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "no",
        '"x"',
        '{"kty": "OKP", "crv": "Ed25519", "x": "AA"}',
        json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=False)),
        json.dumps(OKPKey.generate_key("X25519").as_dict(private=True)),
        json.dumps(OctKey.generate_key(256).as_dict(private=True)),
    ],
    # Fixed names: the keys are new in each process, and test workers must agree on the tests.
    ids=["empty", "no key", "list", "word", "text", "short", "public", "other curve", "symmetric"],
)
def test_a_file_without_such_a_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.jwk"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(KeyFileError):
        SigningKey.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="can't be read"):
        SigningKey.load(tmp_path / "none.jwk")


@pytest.mark.parametrize("name", ["id", "case", "actor", "kind", "at", "definition", "shown"])
def test_a_changed_act_is_found_out(key: SigningKey, name: str) -> None:
    signature = sign(ACT, key)
    other = Act.from_json({**ACT.to_json(), name: "other"})
    with pytest.raises(BadSignatureError, match="belong"):
        verify(other, signature, ring(key), use="web")


def test_another_key_another_use_and_another_time_do_not_count(
    tmp_path: Path, key: SigningKey
) -> None:
    other = SigningKey.create(tmp_path / "other.jwk")
    with pytest.raises(BadSignatureError, match="registered"):
        verify(ACT, sign(ACT, other), ring(key), use="web")
    with pytest.raises(BadSignatureError, match="worker"):
        verify(ACT, sign(ACT, key), ring(key, use="worker"), use="web")
    ended = ring(key, until="2026-10-19T00:00:00.000Z")
    assert verify(ACT, sign(ACT, key), ended, use="web", at=AT)
    for at in ("2026-10-19T00:00:00.000Z", "2026-10-18T09:29:59.999Z"):
        with pytest.raises(BadSignatureError, match="time"):
            verify(ACT, sign(ACT, key), ended, use="web", at=at)


def test_a_stolen_kid_does_not_help(tmp_path: Path, key: SigningKey) -> None:
    other = SigningKey.create(tmp_path / "other.jwk")
    with pytest.raises(BadSignatureError, match="belong"):
        verify(ACT, sign(ACT, SigningKey(key.kid, other._key)), ring(key), use="web")


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "EdDSA"},
        {"alg": "HS256"},
        {"kid": None},
        {"kid": 1},
        {"crit": ["x"], "x": 1},
        {"b64": False, "crit": ["b64"]},
        {"jwk": {}},
        {"typ": 1, "cty": "x"},
    ],
)
def test_another_header_is_refused(key: SigningKey, header: dict[str, Any]) -> None:
    whole = {"alg": "Ed25519", "kid": key.kid, **header}
    signature = {"protected": encoded(whole), "signature": sign(ACT, key)["signature"]}
    with pytest.raises(BadSignatureError):
        verify(ACT, signature, ring(key), use="web")


def test_a_header_with_a_type_is_fine(key: SigningKey) -> None:
    signed = jws.serialize_json(
        [{"protected": {"alg": "Ed25519", "kid": key.kid, "typ": "JOSE+JSON"}}],
        ACT.canonical(),
        key._key,
        algorithms=["Ed25519"],
    )
    signature = dict(signed["signatures"][0])
    assert verify(ACT, signature, ring(key), use="web")


@pytest.mark.parametrize(
    "change",
    [
        lambda s: {**s, "header": {"kid": "x"}},
        lambda s: {"signature": s["signature"]},
        lambda s: {**s, "signature": s["signature"] + "="},
        lambda s: {**s, "signature": s["signature"][:-1]},
        lambda s: {**s, "signature": s["signature"][:-1] + _next(s["signature"][-1])},
        lambda s: {**s, "signature": s["signature"] + "\n"},
        lambda s: {**s, "signature": 5},
        lambda s: {**s, "signature": "é" * 86},
        lambda s: {**s, "protected": s["protected"] + " "},
        lambda s: {**s, "protected": encoded(b"[]")},
        lambda s: {**s, "protected": encoded(b"{")},
        lambda s: {**s, "protected": encoded(b"\xff")},
    ],
)
def test_a_signature_has_one_spelling(key: SigningKey, change: Any) -> None:
    with pytest.raises(BadSignatureError):
        verify(ACT, change(sign(ACT, key)), ring(key), use="web")


def _next(letter: str) -> str:
    """The same bits where they count, others where they don't: 86 letters carry 4 bits more."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) + 1]


def test_an_rsa_key_in_the_ring_verifies_nothing(key: SigningKey) -> None:
    rsa = RSAKey.generate_key(2048)
    jwk = canonical(rsa.as_dict(private=False)).decode()
    bad = {key.kid: PublicKey(key.kid, "web", jwk, AT)}
    with pytest.raises(BadSignatureError):
        verify(ACT, sign(ACT, key), bad, use="web")


def test_the_ring_is_kept_and_recorded(database: Database, key: SigningKey) -> None:
    later = "2026-10-19T00:00:00.000Z"
    with database.writing() as connection:
        assert register_key(connection, key, "web", at=AT, worker_key=key)
        assert not register_key(connection, key, "web", at=AT, worker_key=key)
        end_key(connection, key.kid, at=later, worker_key=key)
        end_key(connection, key.kid, at=later, worker_key=key)
    with database.reading() as connection:
        known = load_ring(connection)[key.kid]
        kinds = connection.exec_driver_sql("SELECT kind FROM entries ORDER BY seq").all()
    assert (known.use, known.since, known.until) == ("web", AT, later)
    assert [kind for (kind,) in kinds] == ["key", "key-ended"]
