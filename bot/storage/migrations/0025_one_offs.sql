-- A recording in whose voice one text is to be said, while its member has not consented to that. One for each member.
CREATE TABLE one_off (
    member_id BIGINT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    guild_id BIGINT,                      -- where it was attached; null in the DM with the bot
    data BYTEA NOT NULL,                  -- the part of it that is imitated
    transcript TEXT,                      -- what is said in that part; null until Fish Audio has listened
    spoken BIGINT NOT NULL,               -- 1 where a sentence was heard in it for the consent
    expires_at BIGINT NOT NULL
);
CREATE INDEX one_off_expiry ON one_off (expires_at);
