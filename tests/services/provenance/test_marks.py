"""A mark is valid for one sound of one bot. The public key is enough to check marks, but not to make them."""

import hmac
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.services.common.signing import Signer, open_signer
from bot.services.provenance.marks import Mark, MarkChecker, is_old, mark
from bot.storage.common.secrets import SecretStore
from bot.storage.engine.opening import open_database

SOUND_ID, SOUND, NOW = "0f" * 8, "ab" * 32, 1_793_000_000_000
SIGNER = Signer(b"h" * 32, b"p" * 32)
MADE = mark(SIGNER, SOUND_ID, SOUND, NOW)
OLD = f"{SOUND_ID}.{hmac.new(b'h' * 32, f'9:signature4:mark16:{SOUND_ID}64:{SOUND}'.encode(), sha256).hexdigest()[:40]}"


def test_anybody_can_check_a_mark_as_the_documentation_says() -> None:
    sound_id, time, signature = MADE.split(".")
    message = f"mynah mark 2 {sound_id} {SOUND} {time}".encode("ascii")

    Ed25519PublicKey.from_public_bytes(SIGNER.public_key).verify(bytes.fromhex(signature), message)
    assert MarkChecker(SIGNER.public_key).checked(MADE, SOUND) == Mark(SOUND_ID, NOW)


@pytest.mark.parametrize(
    ("found", "sound"),
    [
        (MADE, "cd" * 32),
        (MADE.replace("0f", "0e", 1), SOUND),
        (MADE.replace("1793", "1794", 1), SOUND),
        (MADE.replace(".1793", ".01793", 1), SOUND),
        (MADE[:-1] + ("0" if MADE[-1] != "0" else "1"), SOUND),
        (f"{SOUND_ID}.{NOW}.{'00' * 64}", SOUND),
        (SOUND_ID, SOUND),
        ("", SOUND),
        (OLD, "cd" * 32),
        (OLD[:-1] + ("0" if OLD[-1] != "0" else "1"), SOUND),
    ],
)
def test_a_changed_mark_or_one_of_another_sound_is_refused(found: str, sound: str) -> None:
    assert MarkChecker(SIGNER.public_key, SIGNER).checked(found, sound) is None


def test_a_mark_of_another_bot_is_refused() -> None:
    other = Signer(b"h" * 32, b"o" * 32)

    assert MarkChecker(other.public_key, other).checked(MADE, SOUND) is None
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(SIGNER.public_key).verify(other.sign(b"words"), b"words")


def test_a_public_key_that_fits_every_message_proves_nothing() -> None:
    key = b"\1" + bytes(31)  # the neutral element: RFC 8032's equation holds for it, whatever the message is
    made = f"{SOUND_ID}.{NOW}.{(key + bytes(32)).hex()}"

    Ed25519PublicKey.from_public_bytes(key).verify(key + bytes(32), b"any message")  # other libraries take it
    assert MarkChecker(key).checked(made, SOUND) is None


def test_an_older_mark_stays_valid_for_the_bot_that_made_it() -> None:
    assert MarkChecker(SIGNER.public_key, SIGNER).checked(OLD, SOUND) == Mark(SOUND_ID, None)
    assert MarkChecker(SIGNER.public_key).checked(OLD, SOUND) is None
    assert (is_old(OLD), is_old(MADE)) == (True, False)


async def test_the_keys_are_kept_in_the_database(tmp_path: Path) -> None:
    async def opened(name: str) -> Signer:
        async with open_database(f"sqlite:///{tmp_path / name}") as database:
            return await open_signer(SecretStore(database))

    first, again, other = await opened("a.db"), await opened("a.db"), await opened("b.db")

    assert first.public_key == again.public_key != other.public_key
    assert first.pseudonym("Ann") == again.pseudonym("Ann") != other.pseudonym("Ann")
