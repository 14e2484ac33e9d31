-- A sentence to be read aloud in a recording, where a server asks for spoken consent. It holds for ten minutes and
-- one voice, and goes with the draft that was made with it, or when that draft is consented to.
CREATE TABLE sentence (
    id TEXT PRIMARY KEY,
    member_id BIGINT NOT NULL,            -- who makes the voice
    guild_id BIGINT NOT NULL,
    wording TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    listenings BIGINT NOT NULL DEFAULT 0, -- how often Fish Audio was asked to listen for it
    voice_id TEXT REFERENCES voice (id) ON DELETE CASCADE  -- in whose sample it was heard; null while it is open
);
CREATE UNIQUE INDEX sentence_open ON sentence (member_id, guild_id) WHERE voice_id IS NULL;
CREATE UNIQUE INDEX sentence_voice ON sentence (voice_id) WHERE voice_id IS NOT NULL;

-- What is said in a recording in which an open sentence was looked for, so that nobody listens to it twice.
CREATE TABLE hearing (
    sentence_id TEXT NOT NULL REFERENCES sentence (id) ON DELETE CASCADE,
    sound_hash TEXT NOT NULL,             -- SHA-256 of the file, in hexadecimal
    claimed_until BIGINT NOT NULL,        -- until then somebody is listening
    transcript TEXT,                      -- null until they have heard it
    PRIMARY KEY (sentence_id, sound_hash)
);
