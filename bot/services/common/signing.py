"""What only this bot can write: signatures that anybody may see, and names behind which nobody can look."""

import hmac
from hashlib import sha256
from secrets import token_bytes

from bot.storage.common.secrets import SecretStore

KEY_BYTES = 32
SIGNATURE_LETTERS = 40  # hexadecimal: 160 of the 256 bits of HMAC-SHA256


class Signer:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def signature(self, *parts: str) -> str:
        """Signs the parts in this order, as 40 hexadecimal letters."""
        return self._digest("signature", parts)[:SIGNATURE_LETTERS]

    def is_genuine(self, signature: str, *parts: str) -> bool:
        return hmac.compare_digest(signature.encode(), self.signature(*parts).encode())

    def pseudonym(self, *parts: str) -> str:
        """A name that stands for the parts and from which they cannot be found out, as 40 hexadecimal letters."""
        return self._digest("pseudonym", parts)[:SIGNATURE_LETTERS]

    def _digest(self, purpose: str, parts: tuple[str, ...]) -> str:
        # Lengths stand before the parts, so that no two lists of parts read alike.
        message = "".join(f"{len(part)}:{part}" for part in (purpose, *parts))
        return hmac.new(self._key, message.encode("utf-8", "surrogatepass"), sha256).hexdigest()


async def open_signer(secrets: SecretStore) -> Signer:
    return Signer(await secrets.keep("seal", token_bytes(KEY_BYTES)))
