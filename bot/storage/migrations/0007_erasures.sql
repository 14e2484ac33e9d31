-- Somebody had everything about them deleted, and is told when the last of it is gone at Fish Audio; then this goes too.
CREATE TABLE erasure (
    member_id BIGINT PRIMARY KEY,
    asked_at BIGINT NOT NULL,
    voices BIGINT NOT NULL,               -- how many were deleted here
    uses BIGINT NOT NULL                  -- how many records of sounds were
);

-- The voices of an erasure of which something was, or may have been, at Fish Audio; their removals may still run.
CREATE TABLE erasure_voice (
    member_id BIGINT NOT NULL REFERENCES erasure (member_id) ON DELETE CASCADE,
    voice_id TEXT NOT NULL,               -- not a reference, since that row is gone
    PRIMARY KEY (member_id, voice_id)
);
