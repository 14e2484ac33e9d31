"""A small discord.py bot to try the stand-in, with one command for each way of answering."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from io import BytesIO

import discord as dpy
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord import Discord
from tests.sandbox.discord.trial_commands import Panel, TrialCommands


class Buttons(dpy.ui.View):
    """Persistent buttons, one for each way of answering a click."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @dpy.ui.button(label="Change", custom_id="change")
    async def change(self, interaction: "dpy.Interaction[TrialBot]", _button: "dpy.ui.Button[Buttons]") -> None:
        await interaction.response.edit_message(content="Changed", view=None)

    @dpy.ui.button(label="Answer", custom_id="answer")
    async def answer(self, interaction: "dpy.Interaction[TrialBot]", _button: "dpy.ui.Button[Buttons]") -> None:
        await interaction.response.defer()
        await interaction.followup.send("Only for you", ephemeral=True)

    @dpy.ui.button(label="Form", custom_id="form")
    async def form(self, interaction: "dpy.Interaction[TrialBot]", _button: "dpy.ui.Button[Buttons]") -> None:
        await interaction.response.send_modal(Form())


class Menu(dpy.ui.View):
    """A menu from which one or two can be chosen."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @dpy.ui.select(
        custom_id="seeds",
        placeholder="Which seeds?",
        max_values=2,
        options=[dpy.SelectOption(label=seed) for seed in ("Hemp", "Flax", "Millet")],
    )
    async def choose(self, interaction: "dpy.Interaction[TrialBot]", select: "dpy.ui.Select[Menu]") -> None:
        await interaction.response.send_message(f"You chose {' and '.join(select.values)}", ephemeral=True)

    @dpy.ui.select(cls=dpy.ui.UserSelect, custom_id="friend", placeholder="Which friend?")
    async def befriend(self, interaction: "dpy.Interaction[TrialBot]", select: "dpy.ui.UserSelect[Menu]") -> None:
        await interaction.response.send_message(f"A friend: {select.values[0].display_name}", ephemeral=True)


class Form(dpy.ui.Modal, title="A form"):
    word: "dpy.ui.TextInput[Form]" = dpy.ui.TextInput(label="Word", custom_id="word")

    def __init__(self) -> None:
        super().__init__(timeout=60)

    async def on_submit(self, interaction: "dpy.Interaction[dpy.Client]", /) -> None:
        await interaction.response.send_message(f"You wrote {self.word.value}", ephemeral=True)


class TrialBot(commands.AutoShardedBot):
    def __init__(self, shard_count: int | None = None) -> None:
        intents = dpy.Intents(guilds=True)
        super().__init__(commands.when_mentioned, intents=intents, shard_count=shard_count, guild_ready_timeout=0.05)
        self.said: list[str] = []
        self.command_mentions: dict[str, str] = {}  # which `bot.discord.replies` looks at
        self.guild_events: list[str] = []

    async def setup_hook(self) -> None:
        self.add_view(Buttons())
        self.add_view(Menu())
        self.add_view(Panel())
        self.tree.add_command(Answers())
        self.tree.add_command(TrialCommands())
        self.tree.add_command(repeat)
        self.tree.add_command(greet)
        self.tree.add_command(sing)
        await self.tree.sync()

    async def on_guild_join(self, guild: dpy.Guild) -> None:
        self.guild_events.append(f"join {guild.name}")

    async def on_guild_remove(self, guild: dpy.Guild) -> None:
        self.guild_events.append(f"remove {guild.name}")

    async def on_guild_available(self, guild: dpy.Guild) -> None:
        self.guild_events.append(f"available {guild.name}")

    async def on_guild_unavailable(self, guild: dpy.Guild) -> None:
        self.guild_events.append(f"unavailable {guild.name}")


Interaction = dpy.Interaction[TrialBot]


@app_commands.command(description="Sing a word, loudly or not.")
@app_commands.describe(word="What to sing", times="How often")
async def sing(
    interaction: Interaction, word: app_commands.Range[str, 1, 10], times: app_commands.Range[int, 1, 3] = 1
) -> None:
    interaction.client.said.append(word)
    await interaction.response.send_message(" ".join([word] * times))


@sing.autocomplete("word")
async def complete_word(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    words = ("chirp", "cheep", "tweet")
    return [app_commands.Choice(name=word, value=word) for word in words if word.startswith(typed)]


@app_commands.context_menu(name="Repeat")
async def repeat(interaction: Interaction, message: dpy.Message) -> None:
    heard = [f"{file.filename} {len(await file.read())}" for file in message.attachments]
    told = [f"{message.author.display_name} wrote: {message.content}", *heard]
    await interaction.response.send_message(" / ".join(told))


@app_commands.context_menu(name="Greet")
async def greet(interaction: Interaction, member: dpy.Member) -> None:
    await interaction.response.send_message(f"Hello, {member.display_name}")


class Answers(app_commands.Group):
    """Ways of answering."""

    def __init__(self) -> None:
        super().__init__(name="answer", description="Ways of answering.")

    @app_commands.command()
    async def hide(self, interaction: Interaction) -> None:
        """Answer privately, with buttons."""
        await interaction.response.send_message("Only you see this", view=Buttons(), ephemeral=True)

    @app_commands.command()
    async def feed(self, interaction: Interaction) -> None:
        """Answer with an embed and menus."""
        embed = dpy.Embed(title="Seeds", description="For **small** birds").add_field(name="Price", value="Nothing")
        await interaction.response.send_message(embed=embed, view=Menu())

    @app_commands.command()
    async def ponder(self, interaction: Interaction, private: bool = False) -> None:
        """Think first, then answer with a file."""
        await interaction.response.defer(ephemeral=private, thinking=True)
        file = dpy.File(BytesIO(b"sound"), "song of songs.mp3")
        await interaction.edit_original_response(content="Thought about it", attachments=[file])

    @app_commands.command()
    async def regret(self, interaction: Interaction) -> None:
        """Think in public, then fail in private."""
        await interaction.response.defer(thinking=True)
        await interaction.delete_original_response()
        await interaction.followup.send("That went wrong", ephemeral=True)

    @app_commands.command()
    async def follow(self, interaction: Interaction) -> None:
        """Think in private, then try to follow up in public."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("First", ephemeral=False)
        await interaction.followup.send("Second", ephemeral=False)

    @app_commands.command()
    async def keep(self, interaction: Interaction, egg: dpy.Attachment) -> None:
        """Read a file and give its size."""
        data = await egg.read()
        await interaction.response.send_message(f"{egg.filename}: {len(data)} bytes, {egg.content_type}")

    @app_commands.command()
    async def sleep(self, interaction: Interaction) -> None:
        """Never answer."""

    @app_commands.command()
    async def tell(self, interaction: Interaction, text: str, open_mentions: bool = False) -> None:
        """Write something in the channel and repeat it in a DM."""
        await interaction.response.send_message("I will", ephemeral=True)
        mentions = dpy.AllowedMentions.all() if open_mentions else dpy.AllowedMentions.none()
        assert isinstance(interaction.channel, dpy.TextChannel)
        await interaction.channel.send(text, allowed_mentions=mentions)
        with suppress(dpy.Forbidden):
            await interaction.user.send(f"Psst: {text}")


@asynccontextmanager
async def running_bot(discord: Discord, shard_count: int | None = None) -> AsyncGenerator[TrialBot]:
    """Run the bot, which knows only the stand-in's two addresses."""
    Route.BASE = discord.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(discord.gateway_url)
    bot = TrialBot(shard_count)
    async with bot:
        running = asyncio.create_task(bot.start(discord.token))
        await discord.until_ready()
        await bot.wait_until_ready()
        yield bot
    with suppress(asyncio.CancelledError):
        await running
