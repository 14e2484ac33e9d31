-- A question to the person who is heard; open for as long as it has a row. Its voice is a draft until they answer.
CREATE TABLE request (
    id TEXT PRIMARY KEY,
    voice_id TEXT NOT NULL UNIQUE REFERENCES voice (id) ON DELETE CASCADE,
    owner_id BIGINT NOT NULL,
    speaker_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,             -- where it was asked; the owner may share the voice there alone
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL            -- no answer until then is a no
);
CREATE INDEX request_speaker ON request (speaker_id);
CREATE INDEX request_expiry ON request (expires_at);

-- What one member's questions to another came to, so that nobody is asked again and again.
CREATE TABLE asking (
    pair TEXT PRIMARY KEY,                -- a pseudonym of both; who they are cannot be found out from it
    asker TEXT NOT NULL,                  -- a pseudonym of the one who asks
    put_at BIGINT NOT NULL,               -- when the last question was put
    asked_at BIGINT,                      -- the last question that was not answered; null once it was
    refusals BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX asking_asker ON asking (asker, put_at);

-- What a member chose for themselves; `preference` is made anew, since its row now outlives the default voice.
CREATE TABLE new_preference (
    member_id BIGINT PRIMARY KEY,
    default_voice_id TEXT REFERENCES voice (id) ON DELETE SET NULL,
    cloning TEXT NOT NULL DEFAULT 'ask' CHECK (cloning IN ('ask', 'never'))  -- when others ask for their voice
);
INSERT INTO new_preference (member_id, default_voice_id) SELECT member_id, default_voice_id FROM preference;
DROP TABLE preference;
ALTER TABLE new_preference RENAME TO preference;

-- Something a member must be told once; `notice` is made anew, since not all of it is about a voice of theirs.
CREATE TABLE new_notice (
    id TEXT PRIMARY KEY,
    recipient_id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('trained', 'failed', 'request', 'news')),
    voice_id TEXT REFERENCES voice (id) ON DELETE CASCADE,  -- null for news, which outlive what they tell of
    text TEXT,                            -- news, as it is said
    about_id BIGINT,                      -- whom news name, where that is not who is told
    guild_id BIGINT,                      -- where to say it when the direct messages are closed; null: nowhere else
    channel_id BIGINT,
    created_at BIGINT NOT NULL,
    first_tried_at BIGINT,                -- from here on Discord may have it
    undelivered BIGINT NOT NULL DEFAULT 0, -- how often nobody could be reached
    next_attempt_at BIGINT,               -- null once it was sent or given up
    sent_at BIGINT
);
INSERT INTO new_notice (id, recipient_id, kind, voice_id, guild_id, channel_id, created_at, first_tried_at,
                        undelivered, next_attempt_at, sent_at)
SELECT notice.id, voice.owner_id, notice.kind, notice.voice_id, voice.guild_id, voice.channel_id, notice.created_at,
       notice.first_tried_at, notice.undelivered, notice.next_attempt_at, notice.sent_at
FROM notice JOIN voice ON voice.id = notice.voice_id;
DROP TABLE notice;
ALTER TABLE new_notice RENAME TO notice;
CREATE INDEX notice_due ON notice (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX notice_voice ON notice (voice_id);

-- Every sample has an end from its upload on.
UPDATE sample SET keep_until = (SELECT voice.created_at FROM voice WHERE voice.id = sample.voice_id) + 86400000
WHERE keep_until IS NULL;
