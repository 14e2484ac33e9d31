"""Commands of the trial bot with roles, channels, menus and forms."""

from typing import Any

import discord as dpy
from discord import app_commands

Interaction = dpy.Interaction[dpy.Client]


class Panel(dpy.ui.View):
    """A panel with menus, and a button that deletes it."""

    def __init__(self, role: dpy.Role | None = None) -> None:
        super().__init__(timeout=None)
        if role is not None:
            self.roles.default_values = [dpy.SelectDefaultValue.from_role(role)]

    @dpy.ui.select(cls=dpy.ui.RoleSelect, custom_id="roles", placeholder="Who?", min_values=0, max_values=2)
    async def roles(self, interaction: Interaction, select: "dpy.ui.RoleSelect[Panel]") -> None:
        await interaction.response.send_message(f"Roles: {_names(select.values)}", ephemeral=True)

    @dpy.ui.select(cls=dpy.ui.ChannelSelect, custom_id="channel", placeholder="Where?")
    async def channel(self, interaction: Interaction, select: "dpy.ui.ChannelSelect[Panel]") -> None:
        await interaction.response.send_message(f"Channel: {select.values[0].name}", ephemeral=True)

    @dpy.ui.select(cls=dpy.ui.MentionableSelect, custom_id="any", placeholder="Anybody?", max_values=2)
    async def anybody(self, interaction: Interaction, select: "dpy.ui.MentionableSelect[Panel]") -> None:
        await interaction.response.send_message(f"Anybody: {_names(select.values)}", ephemeral=True)

    @dpy.ui.button(label="Take away", custom_id="take away")
    async def take_away(self, interaction: Interaction, _button: "dpy.ui.Button[Panel]") -> None:
        await interaction.response.defer()
        await interaction.delete_original_response()


class Survey(dpy.ui.Modal, title="A census"):
    """One input of each kind that is not a text."""

    def __init__(self, role: dpy.Role) -> None:
        super().__init__(timeout=60)
        kept = [dpy.SelectDefaultValue.from_role(role)]
        seeds = [dpy.SelectOption(label=seed, default=seed == "Flax") for seed in ("Hemp", "Flax")]
        self.roles = dpy.ui.RoleSelect[Any](custom_id="roles", default_values=kept, required=True)
        self.seeds = dpy.ui.Select[Any](custom_id="seeds", options=seeds)
        self.eggs = dpy.ui.FileUpload[Any](custom_id="eggs", max_values=2, required=False)
        options = [dpy.CheckboxGroupOption(label=label) for label in ("Sings", "Flies")]
        self.abilities = dpy.ui.CheckboxGroup[Any](custom_id="abilities", options=options, required=False)
        self.word = dpy.ui.TextInput[Any](custom_id="word", default="chirp", max_length=6)
        inputs: dict[str, dpy.ui.Item[Any]] = {
            "Roles": self.roles,
            "Seeds": self.seeds,
            "Eggs": self.eggs,
            "Abilities": self.abilities,
            "Word": self.word,
        }
        for text, component in inputs.items():
            self.add_item(dpy.ui.Label(text=text, component=component))

    async def on_submit(self, interaction: dpy.Interaction[dpy.Client], /) -> None:
        eggs = [f"{egg.filename} {len(await egg.read())}" for egg in self.eggs.values]
        told = [_names(self.roles.values), *self.seeds.values, *eggs, *self.abilities.values, self.word.value]
        await interaction.response.send_message(" / ".join(told), ephemeral=True)


class TrialCommands(app_commands.Group):
    """Commands with roles, channels and forms."""

    def __init__(self) -> None:
        super().__init__(name="people", description="Roles, channels, menus and forms.")

    @app_commands.command()
    async def call(
        self,
        interaction: Interaction,
        role: dpy.Role | None = None,
        anybody: dpy.Member | dpy.Role | None = None,
    ) -> None:
        """Say what was picked and which roles the caller has."""
        assert isinstance(interaction.user, dpy.Member)
        manages = interaction.permissions.manage_guild
        told = f"{role} / {type(anybody).__name__} {anybody} / {_names(interaction.user.roles)} / {manages}"
        await interaction.response.send_message(told, allowed_mentions=dpy.AllowedMentions.none())

    @app_commands.command()
    async def panel(self, interaction: Interaction, role: dpy.Role | None = None) -> None:
        """Show the panel to everybody."""
        await interaction.response.send_message("Panel", view=Panel(role))

    @app_commands.command()
    async def count(self, interaction: Interaction, role: dpy.Role) -> None:
        """Open the form."""
        await interaction.response.send_modal(Survey(role))


def _names(things: object) -> str:
    assert isinstance(things, list)
    return ", ".join(str(getattr(thing, "name", thing)) for thing in things)  # people, roles or channels
