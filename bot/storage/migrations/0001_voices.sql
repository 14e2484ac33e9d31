-- Ids are text made by us, times are milliseconds since 1970 in UTC, people and places are Discord's numbers.

-- A member's voice, from the first upload until Fish Audio has deleted it.
CREATE TABLE voice (
    id TEXT PRIMARY KEY,
    owner_id BIGINT NOT NULL,
    owner_name TEXT NOT NULL,             -- as last seen: credits and lists name the owner without asking Discord
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,               -- casefolded; SQLite itself folds only ASCII
    slot BIGINT NOT NULL,                 -- the owner's n-th place: a limit on places is a constraint, not a count
    state TEXT NOT NULL CHECK (state IN ('draft', 'queued', 'training', 'trained', 'failed', 'deleting')),
    reason TEXT,                          -- why it failed, as a sentence for the owner
    guild_id BIGINT,                      -- where it began; null in the DM with the bot
    channel_id BIGINT NOT NULL,
    transcript TEXT,
    fish_id TEXT,
    tag TEXT,                             -- sent with the creation whose outcome is not known yet
    tag_sent_at BIGINT,
    held_for TEXT CHECK (held_for IN ('key', 'credit')),
    pause BIGINT NOT NULL DEFAULT 0,      -- milliseconds between the last two attempts
    next_attempt_at BIGINT,               -- when this voice needs us next; null when it does not
    since BIGINT NOT NULL,                -- when it came into its state
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX voice_name ON voice (owner_id, name_key) WHERE state <> 'deleting';
CREATE UNIQUE INDEX voice_slot ON voice (owner_id, slot) WHERE state <> 'deleting';
CREATE INDEX voice_due ON voice (state, next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- The recording a voice is made from, as it came; gone once the voice is trained.
CREATE TABLE sample (
    voice_id TEXT PRIMARY KEY REFERENCES voice (id) ON DELETE CASCADE,
    filename TEXT NOT NULL,
    data BYTEA NOT NULL,
    keep_until BIGINT                     -- set when the training failed: until then it can be retried
);
CREATE INDEX sample_kept ON sample (keep_until) WHERE keep_until IS NOT NULL;

-- Who agreed to what, word for word, and when.
CREATE TABLE consent (
    voice_id TEXT PRIMARY KEY REFERENCES voice (id) ON DELETE CASCADE,
    member_id BIGINT NOT NULL,
    wording TEXT NOT NULL,
    given_at BIGINT NOT NULL
);

-- A voice that a whole server may use.
CREATE TABLE share (
    voice_id TEXT NOT NULL REFERENCES voice (id) ON DELETE CASCADE,
    guild_id BIGINT NOT NULL,
    shared_at BIGINT NOT NULL,
    PRIMARY KEY (voice_id, guild_id)
);
CREATE INDEX share_guild ON share (guild_id);

-- A name that people could use and no longer can, so that they are told why instead of "no such voice".
-- guild_id 0 stands for the owner's own use.
CREATE TABLE departure (
    guild_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    name_key TEXT NOT NULL,
    voice_id TEXT NOT NULL,               -- not a reference, since that row may be gone; a list still on show sends it
    name TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('unshared', 'deleted')),
    departed_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id, owner_id, name_key)
);

-- What a member chose for themselves.
CREATE TABLE preference (
    member_id BIGINT PRIMARY KEY,
    default_voice_id TEXT REFERENCES voice (id) ON DELETE CASCADE
);

-- Something the owner must be told once.
CREATE TABLE notice (
    id TEXT PRIMARY KEY,
    voice_id TEXT NOT NULL REFERENCES voice (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('trained', 'failed')),
    created_at BIGINT NOT NULL,
    first_tried_at BIGINT,                -- from here on Discord may have it
    undelivered BIGINT NOT NULL DEFAULT 0, -- how often nobody could be reached
    next_attempt_at BIGINT,               -- null once it was sent or given up
    sent_at BIGINT
);
CREATE INDEX notice_due ON notice (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX notice_voice ON notice (voice_id);

-- What must go at Fish Audio: a voice by its id, or whatever carries the tag of an unclear creation.
CREATE TABLE removal (
    id TEXT PRIMARY KEY,
    voice_id TEXT NOT NULL,               -- whose row waits for this; not a reference, since that row may be gone
    fish_id TEXT,
    tag TEXT,
    look_until BIGINT,                    -- by tag: a creation may still come to light until then
    pause BIGINT NOT NULL DEFAULT 0,
    next_attempt_at BIGINT NOT NULL
);
CREATE INDEX removal_due ON removal (next_attempt_at);
CREATE INDEX removal_voice ON removal (voice_id);

-- Characters spoken per member and UTC day.
CREATE TABLE allowance (
    member_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    characters BIGINT NOT NULL,
    PRIMARY KEY (member_id, day)
);

-- Characters that were counted for a sound which nobody has heard yet; given back if nobody ever does.
CREATE TABLE charge (
    id TEXT PRIMARY KEY,
    member_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    characters BIGINT NOT NULL,
    charged_at BIGINT NOT NULL
);
CREATE INDEX charge_age ON charge (charged_at);

-- A trouble only the host can end, and when they were last told of it.
CREATE TABLE alert (
    kind TEXT PRIMARY KEY CHECK (kind IN ('key', 'credit')),
    raised_at BIGINT NOT NULL,
    told_at BIGINT
);

-- Which commands Discord has been given, per application.
CREATE TABLE registration (
    application_id BIGINT PRIMARY KEY,
    fingerprint TEXT NOT NULL
);
