-- The person who is heard in a voice, where that is not its owner.
ALTER TABLE voice ADD COLUMN speaker_id BIGINT;
ALTER TABLE voice ADD COLUMN speaker_name TEXT;
CREATE INDEX voice_speaker ON voice (speaker_id) WHERE speaker_id IS NOT NULL;

-- The sentence that was read aloud, where a server asks for spoken consent.
ALTER TABLE consent ADD COLUMN sentence TEXT;

-- What only this database knows: the key of signatures and pseudonyms.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

-- A server and its rules. Without a row the defaults hold; a null limit is no limit of the server's own.
CREATE TABLE server (
    guild_id BIGINT PRIMARY KEY,
    sharing_allowed BIGINT NOT NULL DEFAULT 1,
    spoken_consent BIGINT NOT NULL DEFAULT 0,
    longest_text BIGINT,
    member_characters BIGINT,             -- per member and UTC day, in this server
    server_characters BIGINT,             -- of all members together per UTC day
    log_channel_id BIGINT,
    log_trouble TEXT,                     -- why the last entry could not be posted, as a sentence; null when it could
    left_at BIGINT                        -- since when the bot is not there any more
);

-- To whom, or where, a permission is narrowed down; without a row of a kind everybody, or every channel, has it.
CREATE TABLE server_grant (
    guild_id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('create', 'speak', 'channel')),
    target_id BIGINT NOT NULL,            -- a role, or for 'channel' a channel
    PRIMARY KEY (guild_id, kind, target_id)
);

-- What may not be spoken in a server.
CREATE TABLE forbidden_word (
    guild_id BIGINT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (guild_id, word)
);

-- Who may not use the bot in a server.
CREATE TABLE block (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    blocked_by BIGINT NOT NULL,
    blocked_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id, member_id)
);

-- What is still to be posted in a server's log channel; gone once it is there.
CREATE TABLE log_entry (
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    sentence TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    batch TEXT,                           -- entries of one message; Discord's nonce is made from it
    next_attempt_at BIGINT NOT NULL
);
CREATE INDEX log_entry_due ON log_entry (next_attempt_at);
CREATE INDEX log_entry_guild ON log_entry (guild_id);
