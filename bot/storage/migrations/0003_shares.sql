-- A voice that a server, or some of it, may use.
CREATE TABLE share_with_edges (
    voice_id TEXT NOT NULL REFERENCES voice (id) ON DELETE CASCADE,
    guild_id BIGINT NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('server', 'role', 'member')),
    target_id BIGINT NOT NULL,            -- the role or the member; 0 for the whole server
    until BIGINT,                         -- from then on it is over; null while nobody ends it
    shared_by BIGINT NOT NULL,            -- the owner, or the person who is heard
    shared_at BIGINT NOT NULL,
    PRIMARY KEY (voice_id, guild_id, audience, target_id)
);
INSERT INTO share_with_edges (voice_id, guild_id, audience, target_id, until, shared_by, shared_at)
SELECT share.voice_id, share.guild_id, 'server', 0, NULL, voice.owner_id, share.shared_at
FROM share JOIN voice ON voice.id = share.voice_id;
DROP TABLE share;
ALTER TABLE share_with_edges RENAME TO share;
CREATE INDEX share_guild ON share (guild_id);
CREATE INDEX share_end ON share (until) WHERE until IS NOT NULL;

-- A name that people could use and no longer can, so that they are told why instead of "no such voice".
-- guild_id 0 stands for the own use of the member `target_id`, who owned the voice or was heard in it.
CREATE TABLE departure_of_audience (
    guild_id BIGINT NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('server', 'role', 'member')),
    target_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    name_key TEXT NOT NULL,
    voice_id TEXT NOT NULL,               -- not a reference, since that row may be gone; a list still on show sends it
    name TEXT NOT NULL,
    by_name TEXT NOT NULL,                -- who ended it; of a share that ended by itself, whose it was
    cause TEXT NOT NULL CHECK (cause IN ('unshared', 'deleted', 'expired', 'left', 'removed', 'revoked')),
    departed_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id, audience, target_id, owner_id, name_key)
);
INSERT INTO departure_of_audience
    (guild_id, audience, target_id, owner_id, name_key, voice_id, name, by_name, cause, departed_at)
SELECT guild_id, CASE WHEN guild_id = 0 THEN 'member' ELSE 'server' END, CASE WHEN guild_id = 0 THEN owner_id ELSE 0 END,
       owner_id, name_key, voice_id, name, owner_name, cause, departed_at
FROM departure;
DROP TABLE departure;
ALTER TABLE departure_of_audience RENAME TO departure;
