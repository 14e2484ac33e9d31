"""Notes whether Fish Audio counts a request for a sound, with all its attempts."""


class Bill:
    """`is_due` once a sound has begun to come, whatever becomes of it and of whoever waits for it."""

    def __init__(self) -> None:
        self.broken_off = 0  # sounds that had begun to come and could not be used
        self._sounds = False  # bytes of a sound have come since Fish Audio was last asked

    @property
    def is_due(self) -> bool:
        return self._sounds or self.broken_off > 0

    def sound_comes(self) -> None:
        self._sounds = True

    def attempt_ends(self, *, with_sound: bool) -> None:
        """Take note of a failed attempt; without `with_sound`, what has come was no sound."""
        self.broken_off += with_sound and self._sounds
        self._sounds = False
