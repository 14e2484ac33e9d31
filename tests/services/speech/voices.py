"""A voice that can speak, for tests to which no other voice matters."""

from bot.models.voices import Voice, VoiceState

VOICE = Voice(
    id="0" * 16,
    owner_id=1,
    owner_name="Ann",
    name="Grandpa",
    state=VoiceState.TRAINED,
    fish_id="f" * 32,
    guild_id=None,
    channel_id=1,
    since=0,
    created_at=0,
)
