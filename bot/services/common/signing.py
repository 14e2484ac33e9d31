"""Makes signatures that anybody can check, and pseudonyms that nobody can resolve without the key."""

import hmac
from hashlib import sha256
from secrets import token_bytes

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from bot.storage.common.secrets import SecretStore

KEY_BYTES = 32  # of the HMAC key, and of an Ed25519 key, private or public
DIGEST_LETTERS = 40  # hexadecimal: 160 of the 256 bits of HMAC-SHA256


class Signer:
    def __init__(self, hmac_key: bytes, private_key: bytes) -> None:
        self._hmac_key = hmac_key
        self._private_key = SigningKey(private_key)
        self.public_key = bytes(self._private_key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """Return an Ed25519 signature, 64 bytes, that `is_signed` checks with the public key."""
        return self._private_key.sign(message).signature

    def has_digest(self, digest: str, *parts: str) -> bool:
        """Return whether the bot made this digest of the parts, as it did before it had an Ed25519 key."""
        return hmac.compare_digest(digest.encode(), self._digest("signature", parts).encode())

    def pseudonym(self, *parts: str) -> str:
        """Return `DIGEST_LETTERS` hexadecimal letters that stand for the parts and do not reveal them."""
        return self._digest("pseudonym", parts)

    def _digest(self, purpose: str, parts: tuple[str, ...]) -> str:
        # Lengths stand before the parts, so that no two lists of parts read alike.
        message = "".join(f"{len(part)}:{part}" for part in (purpose, *parts))
        return hmac.new(self._hmac_key, message.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:DIGEST_LETTERS]


def is_signed(message: bytes, signature: bytes, public_key: bytes) -> bool:
    try:
        VerifyKey(public_key).verify(message, signature)
    except BadSignatureError:
        return False
    return True


async def open_signer(secrets: SecretStore) -> Signer:
    """Return the signer with the keys of this database, which are made at the first start."""
    return Signer(
        await secrets.keep("seal", token_bytes(KEY_BYTES)), await secrets.keep("mark", token_bytes(KEY_BYTES))
    )
