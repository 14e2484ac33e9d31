"""`/usage`: how many characters a member has used, how many are left, and a chart of the last weeks."""

import asyncio
from decimal import Decimal

from discord import app_commands
from discord.ext import commands

from bot.discord.client import Interaction, Mynah
from bot.discord.files import OutgoingFile
from bot.discord.replies import answer
from bot.services.common.turns import Turns
from bot.services.common.wording import distance
from bot.services.speech.allowances import Budget
from bot.services.speech.usage import DAYS, Bill, Usage, UsageService
from cogs.common.charts import Series, bar_charts
from cogs.common.context import member_of

_CENT = Decimal("0.01")
LONGEST_DESCRIPTION = 1024  # characters of alt text, Discord's limit


class UsageCog(commands.Cog):
    def __init__(self, usage: UsageService) -> None:
        self._usage = usage
        self._turns = Turns(1, "charts")

    @app_commands.command()
    async def usage(self, interaction: Interaction) -> None:
        """Show how much you have had spoken today and lately, and what is left"""
        usage = await self._usage.of(member_of(interaction), interaction.guild_id)
        series = [Series("Your characters per day, everywhere", usage.mine)]
        if usage.server is not None:
            series.append(Series("This server's characters per day", usage.server))
        described = " ".join(each.in_words for each in series)
        async with self._turns.turn(interaction.user.id):
            drawn = await asyncio.to_thread(bar_charts, series)
        chart = OutgoingFile("usage.png", drawn, described[:LONGEST_DESCRIPTION])
        text = usage_card(usage)
        if interaction.user.id in [host.id for host in await interaction.client.hosts()]:
            text += f"\n{bill_card(await self._usage.bill())}"
        await answer(interaction, text, file=chart)


def usage_card(usage: Usage) -> str:
    today = usage.today
    lines = ["**Your characters today**"]
    if today.here is not None:
        lines.append(f"- in this server: {_budget(today.here)}")
    lines.append(f"- everywhere: {_budget(today.everywhere)}")
    if today.server is not None:
        lines += ["**This server's characters today**", f"- all members together: {_budget(today.server)}"]
    lines.append(f"-# A new day begins {distance(today.renewed_at)}. The chart shows the last {DAYS} days, in UTC.")
    return "\n".join(lines)


def bill_card(bill: Bill) -> str:
    """Write what the host pays for."""
    lines = [
        "**Everybody's characters, in all servers, which you pay for**",
        f"- today: {bill.today:,}{_cost(bill, bill.today)}",
        f"- in the last {DAYS} days: {bill.lately:,}{_cost(bill, bill.lately)}",
    ]
    if bill.price is None:
        lines.append("-# I don't know the price of this engine.")
    else:
        lines.append(
            f"-# Fish Audio takes {bill.price:,} USD for a million plain letters; other scripts cost up to four times "
            "as much. Previews, and recordings that were listened to, come on top."
        )
    return "\n".join(lines)


def _cost(bill: Bill, characters: int) -> str:
    cost = bill.cost(characters)
    if cost is None or not characters:
        return ""
    return f", about {cost:,.2f} USD" if cost >= _CENT else ", less than 0.01 USD"


def _budget(budget: Budget) -> str:
    if budget.limit is None:
        return f"{budget.spent:,}, without a limit"
    return f"{budget.spent:,} of {budget.limit:,}, {budget.left or 0:,} left"


async def setup(bot: Mynah) -> None:
    await bot.add_cog(UsageCog(bot.services.usage))
