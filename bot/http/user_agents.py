"""The User-Agents that the bot sends, since some services refuse those of libraries."""

from importlib.metadata import version

VERSION = "0.1.0"

# Discord's own form: docs.discord.com, page "API Reference", section "User Agent".
TO_DISCORD = f"DiscordBot (https://github.com/Rapptz/discord.py, {version('discord.py')}) Mynah/{VERSION}"
TO_OTHERS = f"Mynah/{VERSION} (a Discord bot)"
