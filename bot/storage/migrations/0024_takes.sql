-- Sounds that only the member who asked for them has heard, for the minutes in which they can still be posted. The
-- text stands in the private message with the sound, not here.
CREATE TABLE take (
    id TEXT PRIMARY KEY,  -- of the mark in the file, and of its record once it is posted
    member_id BIGINT NOT NULL,  -- who asked for it
    voice_id TEXT NOT NULL REFERENCES voice (id) ON DELETE CASCADE,
    characters BIGINT NOT NULL,  -- that were counted for it
    sound_hash TEXT NOT NULL,
    mp3 BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    keep_until BIGINT NOT NULL
);
CREATE INDEX take_keep_until ON take (keep_until);
CREATE INDEX take_member ON take (member_id, made_at);
CREATE INDEX take_voice ON take (voice_id);
