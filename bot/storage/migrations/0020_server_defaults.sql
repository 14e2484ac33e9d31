-- The voice that speaks for a member in one server if they name none; it comes before their default for everywhere.
CREATE TABLE server_default (
    member_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    voice_id TEXT NOT NULL REFERENCES voice (id) ON DELETE CASCADE,
    PRIMARY KEY (member_id, guild_id)
);
CREATE INDEX server_default_guild ON server_default (guild_id);
CREATE INDEX server_default_voice ON server_default (voice_id);
