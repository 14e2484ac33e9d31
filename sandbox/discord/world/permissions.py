"""The permissions of people, roles and the bot."""

from enum import IntFlag


class Permission(IntFlag):
    """The permissions this stand-in looks at."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_VOICE_MESSAGES = 1 << 46

    @classmethod
    def ordinary(cls) -> "Permission":
        """Return what Discord gives @everyone in a new server, as far as it is named here."""
        return (
            cls.VIEW_CHANNEL
            | cls.SEND_MESSAGES
            | cls.EMBED_LINKS
            | cls.ATTACH_FILES
            | cls.READ_MESSAGE_HISTORY
            | cls.MENTION_EVERYONE
            | cls.USE_APPLICATION_COMMANDS
            | cls.SEND_VOICE_MESSAGES
        )
