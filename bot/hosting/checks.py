"""`python -m bot check` and `python -m bot invite`: tell a host whether the bot can run, and how to invite it."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

from bot.audio.confined.system_calls import why_unfiltered
from bot.discord.client import DiscordUnavailable, application, use_addresses
from bot.errors import FishAudioError, KeyRefused, NotReached, UserError
from bot.fish_audio.client import open_fish_audio
from bot.fish_audio.engines import RECORDING_PRICE, doubt_about, price_of
from bot.settings import DiscordSettings, Settings
from bot.storage.engine.opening import open_database
from bot.storage.engine.sqlite.private_files import is_open_to_others

ENV_FILE = Path(".env")


async def check(settings: Settings) -> bool:
    """Try everything that a start needs, and print a line for each. Returns False if one is not in order."""
    use_addresses(settings)
    print(f"recordings: {recordings()}")
    if is_open_to_others(ENV_FILE):
        print("secrets: other accounts of this machine can read the file .env; `chmod 600 .env` ends that")
    if (doubt := doubt_about(settings.fish_model)) is not None:
        print(f"engine: {doubt}")
    print(f"servers: {servers(settings)}")
    print(f"costs: {costs(settings)}")
    outcomes: list[bool] = []
    for name, attempt in (("database", _database), ("Fish Audio", _fish_audio), ("Discord", _discord)):
        is_good, found = await _outcome(attempt, settings)
        print(f"{name}: {' '.join(found.split())}")
        outcomes.append(is_good)
    return all(outcomes)


async def invite(settings: DiscordSettings) -> None:
    """Print the link that invites the bot to a server."""
    use_addresses(settings)
    _, link = await application(settings.discord_token.get_secret_value())
    print(link)


async def _outcome(attempt: Callable[[Settings], Awaitable[str]], settings: Settings) -> tuple[bool, str]:
    try:
        return True, await attempt(settings)
    except DiscordUnavailable as trouble:
        return False, f"{trouble} Check the network and https://discordstatus.com, then try again."
    except UserError as problem:
        return False, str(problem)


def recordings() -> str:
    """Say how the processes that read recordings are confined."""
    reason = why_unfiltered()
    if reason is None:
        return "are read in processes that can open nothing and reach no other process"
    return f"are read in processes with limits, but without a system call filter: {reason}"


def servers(settings: Settings) -> str:
    """Say which servers may use the bot."""
    if not settings.allowed_servers:
        return "every server to which the bot is added may use it (ALLOWED_SERVERS is empty)"
    return f"only {', '.join(map(str, settings.allowed_servers))} may use the bot, and their members in direct messages"


def costs(settings: Settings) -> str:
    """Say what a day can cost at most, if Fish Audio's price is known."""
    price = price_of(settings.fish_model)
    if price is None:
        return f"I do not know the price of {settings.fish_model}"
    recordings = RECORDING_PRICE * settings.daily_recordings_per_member
    parts = [
        _at_most("a member", "DAILY_CHARACTERS_PER_MEMBER", settings.daily_characters_per_member, price),
        _at_most("all members together", "DAILY_CHARACTERS_TOTAL", settings.daily_characters_total, price),
        f"{recordings:.2f} USD for recordings of a member that are listened to"
        if settings.daily_recordings_per_member
        else "recordings that are listened to have no limit (DAILY_RECORDINGS_PER_MEMBER is 0)",
    ]
    return f"at most per day, in plain letters (other scripts up to four times as much): {'; '.join(parts)}"


def _at_most(who: str, setting: str, characters: int, price: Decimal) -> str:
    if not characters:
        return f"{who} without limit ({setting} is 0)"
    return f"{price * characters / 1_000_000:.3f} USD for what {who} can have spoken"


async def _database(settings: Settings) -> str:
    async with open_database(settings.database_url):
        return "opens, and its tables are up to date"


async def _fish_audio(settings: Settings) -> str:
    async with open_fish_audio(
        api_key=settings.fish_api_key.get_secret_value(),
        api_url=settings.fish_api_url,
        model=settings.fish_model,
        concurrency=settings.fish_concurrency,
    ) as fish_audio:
        try:
            await fish_audio.check_key()
            credit = await fish_audio.credit()
        except KeyRefused:
            raise UserError("Fish Audio refuses FISH_API_KEY. Set a valid key.") from None
        except NotReached as error:
            raise UserError(f"{error}. Check the network, then try again.") from None
        except FishAudioError as error:
            raise UserError(f"Fish Audio does not answer as it should ({error}). Try again later.") from None
    if credit <= 0:
        raise UserError(
            "Fish Audio accepts the key, but its API credit is used up. Top it up; a web plan does not count."
        )
    return f"accepts the key; API credit left: {credit:.2f} USD"


async def _discord(settings: Settings) -> str:
    name, _ = await application(settings.discord_token.get_secret_value())
    return f"accepts the token of {name}"
