"""`/help`: how to begin, on one page."""

from discord import app_commands
from discord.ext import commands

from bot.discord.client import Interaction, Mynah
from bot.discord.replies import answer

HELP = """\
**With me you speak in your own voice.** Three examples:
1. `/voice create` with `name: Sunny` and as `sample` a recording of you alone, best 10 to 30 seconds. You see \
privately what I think of it and press **Create my voice**; a direct message says when it is ready.
2. `/say` with `text: Good morning, everybody!` posts an MP3 in your voice. `voice` chooses another one, \
`preview: True` lets you hear it first, `as: voice message` posts one of Discord's, `sample` speaks once in the voice \
of a recording.
3. `/voice share` with `voice: Sunny` lets everybody here speak in it, until `/voice unshare`; `with` names a role or \
a member instead.
-# In the menu of a message, under **Apps**: **Say this in my voice**, **Who said this?**, and for your voice messages \
**Make this my voice**.
-# `/voice list` shows what you have, `/voice update` gives a voice a new sample, `/voice pronounce` says how a word \
is said.
-# `/usage` shows what is left today, `/privacy show` what is stored about you. `/verify` tells if I made a clip. \
Those who manage this server use `/server settings`."""


class Help(commands.Cog):
    @app_commands.command()
    async def help(self, interaction: Interaction) -> None:
        """See how to begin, with three examples"""
        await answer(interaction, HELP)


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Help())
