-- Since when the deletion of a voice fails, and since when all answers only look as if there were no such voice.
ALTER TABLE removal ADD COLUMN failing_since BIGINT;
ALTER TABLE removal ADD COLUMN missing_since BIGINT;

-- Whose name stands in `by_name`: what names somebody must be found by who they are, whatever the voice was called.
-- For older rows that is the person heard, where there is one, so that rather too much of them goes than too little.
ALTER TABLE departure ADD COLUMN by_id BIGINT;
UPDATE departure SET by_id = COALESCE(
    (SELECT speaker_id FROM voice WHERE voice.id = departure.voice_id),
    (SELECT MIN(own.target_id) FROM departure AS own
     WHERE own.guild_id = 0 AND own.voice_id = departure.voice_id AND own.target_id <> own.owner_id),
    owner_id
);
CREATE INDEX departure_by ON departure (by_id);
