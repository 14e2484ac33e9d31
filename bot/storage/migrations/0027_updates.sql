-- The voice whose sample this one is to replace: once this one is trained, that voice goes on with it, and this row goes.
ALTER TABLE voice ADD COLUMN replaces TEXT;  -- not a reference: a deletion ends both rows, each when Fish Audio lets it
-- One new sample at a time.
CREATE UNIQUE INDEX voice_replaces ON voice (replaces) WHERE replaces IS NOT NULL AND state <> 'deleting';
