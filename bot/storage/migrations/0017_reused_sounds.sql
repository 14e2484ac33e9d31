-- Whether the same words in the same voice may be posted again without being spoken anew.
ALTER TABLE server ADD COLUMN sounds_reused BIGINT NOT NULL DEFAULT 1;
