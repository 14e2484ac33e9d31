"""Makes voices without Discord: whoever wants one has consented, and the workers work when a test says so."""

import asyncio
from secrets import token_hex

from bot.fish_audio.client import FishAudio
from bot.http.attachments import AttachmentReader
from bot.models.common import Member
from bot.models.samples import Clip, Sample
from bot.models.voices import Voice, VoiceState
from bot.services import consent, servers, sharing, voices
from bot.services.common.alerts import AlertService
from bot.services.common.samples import SampleReader
from bot.services.common.signing import Signer
from bot.storage import build_stores
from bot.storage.engine.database import Database
from sandbox.speech import sample_wav
from tests.storage.guards import unguarded
from tests.stories.bots.shared_reader import SharedReader
from tests.stories.running import TravelClock

ANN = Member(id=1, name="Ann")
HERE = 7
POLL_SECONDS = 60.0


class Workshop:
    """The services that make voices, built as the bot builds them, and what they have done."""

    def __init__(self, database: Database, fish_audio: FishAudio, attachments: AttachmentReader) -> None:
        self.clock = TravelClock()
        self._database = database
        self._stores = stores = build_stores(database)
        signer, audio = Signer(b"h" * 32, b"p" * 32), SharedReader()
        samples, alerts = SampleReader(attachments, audio), AlertService(stores.alerts, self.clock)
        server = servers.build(stores, signer, self.clock)
        shared = sharing.build(stores, server, self.clock, allowed_servers=())
        consented = consent.build(
            *(stores, samples, audio, fish_audio, server, alerts, signer, self.clock),
            daily_per_member=0,
            daily_per_server=0,
        )
        self.services = voices.build(
            *(stores, samples, fish_audio, server, shared, consented, alerts),
            self.clock,
            max_voices=0,
            poll_seconds=POLL_SECONDS,
            timeout_seconds=3600,
            creations_at_once=2,
        )

    async def asks_for(self, name: str, *, clips: int = 1, transcript: str | None = None) -> Voice:
        """Queue a voice of Ann's, with her consent."""
        now, store = self.clock.now(), self._stores.voices
        voice = Voice(
            id=token_hex(8),
            owner_id=ANN.id,
            owner_name=ANN.name,
            name=name,
            state=VoiceState.DRAFT,
            guild_id=HERE,
            channel_id=70,
            transcript=transcript,
            next_attempt_at=now + 60_000,
            since=now,
            created_at=now,
        )
        sample = Sample(tuple(Clip(f"{number}.wav", sample_wav(seconds=3 + number)) for number in range(clips)))
        await store.add_draft(voice, sample, max_voices=0, guard=unguarded)
        await store.consent(voice.id, wording="I agree", guard=unguarded, now=now)
        return voice

    async def in_training(self, *names: str) -> None:
        """Have voices made at Fish Audio, which go on to be trained."""
        for name in names:
            await self.asks_for(name)
        while {VoiceState.QUEUED} & set((await self.states()).values()):
            await self.works()

    async def works(self, *, after: float = 0) -> None:
        """Let so many seconds pass, and do everything that is due then."""
        self.clock.forward(seconds=after)
        await self.services.creation.turn()
        await self._jobs_end()
        await self.services.training_polls.turn()
        await self.services.removals.turn()
        await self._jobs_end()

    async def states(self) -> dict[str, VoiceState]:
        """Return the state of each voice by its name."""
        async with self._database.reading() as db:
            rows = await db.fetch_all("SELECT name, state FROM voice ORDER BY created_at")
        return {row["name"]: VoiceState(row["state"]) for row in rows}

    async def reason(self, name: str) -> str:
        """Return why a voice has failed."""
        async with self._database.reading() as db:
            row = await db.fetch_one("SELECT reason FROM voice WHERE name = $1", name)
        return str(row["reason"]) if row else ""

    async def fish_id(self, name: str) -> str:
        """Return the id at Fish Audio under which a voice is used."""
        async with self._database.reading() as db:
            row = await db.fetch_one("SELECT fish_id FROM voice WHERE name = $1", name)
        return str(row["fish_id"]) if row else ""

    async def told(self) -> list[str]:
        """Return the kinds of notices that were written, oldest first."""
        async with self._database.reading() as db:
            rows = await db.fetch_all("SELECT kind FROM notice ORDER BY created_at, id")
        return [row["kind"] for row in rows]

    async def _jobs_end(self) -> None:
        while jobs := [task for task in asyncio.all_tasks() if task.get_name().startswith("job-")]:
            await asyncio.wait(jobs)
