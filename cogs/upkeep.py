"""Runs the background workers, each in a loop of its own that ends only with the bot."""

import asyncio
from typing import Any

import structlog
from discord.ext import commands, tasks

from bot.clock import MINUTE, SECOND, Alarm
from bot.discord.client import Mynah
from bot.models.common import Work
from bot.services import Services
from bot.services.common.background import Worker, keep_going
from cogs.alerts import AlertWorker
from cogs.members.notices import NoticeWorker
from cogs.servers.server_log import ServerLogWorker
from cogs.speech.postings.missing_captions import CaptionWorker

log = structlog.get_logger(__name__)

LONGEST_WAIT = 20 * SECOND  # a wake-up from another process may get lost
SHORTEST_WAIT = SECOND // 20  # also when a turn fails and its work stays due
HOUSEKEEPING_PAUSE = MINUTE // 2
STEP_SECONDS = 60.0  # for each step of the housekeeping that asks Discord: the others need not wait for it
TURN_SECONDS = 240.0  # less than what `/healthz` allows, so that a turn that hangs is tried again before it complains


class Housekeeping:
    """Deletes what has been kept long enough, and registers commands again that Discord refused."""

    work = Work.HOUSEKEEPING

    def __init__(self, bot: Mynah) -> None:
        self._bot = bot
        self._services = bot.services
        self._clock = bot.clock
        self._next = 0
        self._lead = bot.clock.lead()

    async def turn(self) -> None:
        if self._was_set_back():
            log.warning("clock set back; all work is planned anew")
            await plan_anew(self._services)
        elif self._clock.now() < self._next:
            return
        self._next = self._clock.now() + HOUSEKEEPING_PAUSE
        services = self._services
        for step in (
            self._look_at_time,
            self._register_commands,
            services.drafts.drop_old,
            services.one_offs.drop_old,
            services.consent_requests.end_overdue,
            services.training.end_out_of_time,
            services.voices.drop_old,
            services.sharing.end_what_is_over,
            services.notices.forget_old,
            services.allowances.give_back_abandoned,
            services.allowances.forget_old,
            services.utterances.forget_old,
            services.sounds.drop_old,
            services.takes.drop_old,
            services.erasures.forget_old,
            services.left_servers.forget_old,
            services.server_log.drop_old,
            services.erasures.wipe,  # last, so that it takes off the disk what the others have deleted, too
        ):
            with keep_going("housekeeping failed", step=step.__qualname__):  # the other steps go on
                await step()

    async def next_due(self) -> int:
        return self._next

    async def _look_at_time(self) -> None:
        async with self._clock.at_most(STEP_SECONDS):
            await self._services.timekeeping.look(self._bot.application_info)

    async def _register_commands(self) -> None:
        async with self._clock.at_most(STEP_SECONDS):
            await self._bot.register_commands()

    def _was_set_back(self) -> bool:
        before, self._lead = self._lead, self._clock.lead()
        return self._lead < before - MINUTE


class Upkeep(commands.Cog):
    """Runs one loop for each worker: a turn, then sleep until something is due or the worker is woken."""

    def __init__(self, bot: Mynah, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._notices = NoticeWorker(
            bot, services.notices, services.previews, services.consent_requests, services.voices, bot.wakeups
        )
        self._captions = CaptionWorker(bot, services.captions, bot.wakeups)
        self._workers: list[Worker] = [
            services.creation,
            services.training_polls,
            services.removals,
            services.erasures,
            self._notices,
            self._captions,
            AlertWorker(bot, services.alerts),
            ServerLogWorker(bot, services.server_log),
            Housekeeping(bot),
        ]
        self._loops = [self._loop_of(worker) for worker in self._workers]

    async def cog_load(self) -> None:
        now = self._bot.clock.monotonic()
        for worker in self._workers:
            self._bot.last_turns[worker.work.value] = now  # so that a first turn that hangs is noticed
        await plan_anew(self._services)
        await self._services.allowances.give_back_abandoned(at_start=True)
        await self._services.captions.try_all_now()
        for loop in self._loops:
            loop.start()

    async def cog_unload(self) -> None:
        running = [task for loop in self._loops if (task := loop.get_task()) is not None]
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._services.creation.aclose()
        await self._services.removals.aclose()
        await self._notices.aclose()
        await self._captions.aclose()

    def _loop_of(self, worker: Worker) -> tasks.Loop[Any]:
        clock, alarm = self._bot.clock, Alarm(self._bot.clock)
        self._bot.wakeups.subscribe(worker.work, alarm.ring)

        @tasks.loop(name=worker.work.value)
        async def loop() -> None:
            due = None
            with keep_going("turn failed", worker=worker.work.value):
                async with clock.at_most(TURN_SECONDS):
                    await worker.turn()
                self._bot.last_turns[worker.work.value] = clock.monotonic()
                due = await worker.next_due()
            now = clock.now()
            wake_at = min(due or now + LONGEST_WAIT, now + LONGEST_WAIT)
            await alarm.wait_until(max(wake_at, now + SHORTEST_WAIT))

        return loop


async def plan_anew(services: Services) -> None:
    """Make due at once what was planned by a process that died, or by a clock that was wrong."""
    await services.training_polls.try_all_now()
    await services.removals.try_all_now()
    await services.notices.try_claimed_now()
    await services.server_log.try_claimed_now()


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Upkeep(bot, bot.services))
