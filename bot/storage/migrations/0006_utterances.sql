-- A sound that was posted, or is being posted: who asked for it, in whose voice, and where. Never what was said.
CREATE TABLE utterance (
    id TEXT PRIMARY KEY,                  -- stands, signed, in the tags of the MP3 and under the message
    made_at BIGINT NOT NULL,
    voice_id TEXT NOT NULL,               -- not a reference: the record outlives the voice
    voice_name TEXT NOT NULL,
    owner_id BIGINT NOT NULL,
    owner_name TEXT NOT NULL,
    speaker_id BIGINT,                    -- the person who is heard, where that is not the owner
    speaker_name TEXT,
    asker_id BIGINT NOT NULL,
    asker_name TEXT NOT NULL,
    guild_id BIGINT,                      -- null in a DM with the bot
    channel_id BIGINT NOT NULL,
    message_id BIGINT,                    -- null until it is posted, and for ever where the bot died meanwhile
    characters BIGINT NOT NULL,           -- as they were spoken
    sound_hash TEXT NOT NULL,             -- SHA-256 of the sound without its tags
    file_hash TEXT NOT NULL,              -- SHA-256 of the file with the tags that we gave it
    log_entry_id TEXT,                    -- of the server's log; that entry may have been posted or dropped
    deleted_at BIGINT,                    -- when its message was deleted through the bot
    deleted_by BIGINT
);
CREATE INDEX utterance_voice ON utterance (voice_id, made_at);
CREATE INDEX utterance_asker ON utterance (asker_id, made_at);
CREATE INDEX utterance_guild ON utterance (guild_id, made_at) WHERE guild_id IS NOT NULL;
CREATE INDEX utterance_sound ON utterance (sound_hash);
CREATE INDEX utterance_age ON utterance (made_at);
