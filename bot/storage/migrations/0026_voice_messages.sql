-- As what a member wants sounds to be posted ('file' or 'voice message'); null if they have not chosen.
ALTER TABLE preference ADD COLUMN post_as TEXT;

-- Whether a voice message begins with a spoken notice that the voice is synthetic.
ALTER TABLE server ADD COLUMN notice_spoken BIGINT NOT NULL DEFAULT 1;

ALTER TABLE utterance ADD COLUMN posted_as TEXT NOT NULL DEFAULT 'file';
-- The message that says whose voice message this is, as a reply to it; null for a file, whose message says that itself.
ALTER TABLE utterance ADD COLUMN caption_id BIGINT;

-- A voice message whose caption may not be posted yet. Whoever posts the two deletes the row; it is due where they died.
CREATE TABLE caption (
    id TEXT PRIMARY KEY REFERENCES utterance (id) ON DELETE CASCADE,
    next_attempt_at BIGINT NOT NULL
);
CREATE INDEX caption_due ON caption (next_attempt_at);
