"""What most stories begin with."""

from sandbox.discord import Member, Reply, Seen, Upload
from sandbox.speech import sample_wav


def wav(*, seconds: float = 12) -> Upload:
    """Somebody speaking alone, as a WAV."""
    return Upload("sample.wav", sample_wav(seconds=seconds))


async def ask_for_voice(member: Member, name: str) -> Reply:
    """Attach a good sample and consent; the reply to the consent."""
    report = await member.uses("/voice create", name=name, sample=wav())
    return await member.clicks(report, "Create my voice")


async def make_voice(member: Member, name: str) -> Seen:
    """From the sample to the notice that the voice is ready; the notice."""
    await ask_for_voice(member, name)
    return await member.is_told(f"“{name}” is ready.")
