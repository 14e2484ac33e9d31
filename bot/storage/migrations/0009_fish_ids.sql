-- A voice at Fish Audio belongs to one row. Where several rows name the same one, the oldest keeps it: the others got
-- its id by mistake, so they must neither speak in it nor have it deleted.
UPDATE voice SET state = 'failed', fish_id = NULL, next_attempt_at = NULL, held_for = NULL, pause = 0,
                 reason = 'Fish Audio gave this voice the id of another one. Delete it and use `/voice create` again.'
WHERE state <> 'deleting' AND EXISTS (
    SELECT 1 FROM voice AS older WHERE older.fish_id = voice.fish_id
    AND (older.created_at < voice.created_at OR (older.created_at = voice.created_at AND older.id < voice.id))
);
DELETE FROM removal WHERE EXISTS (
    SELECT 1 FROM voice WHERE voice.fish_id = removal.fish_id AND voice.id <> removal.voice_id AND state <> 'deleting'
);
UPDATE voice SET fish_id = NULL
WHERE state = 'deleting' AND EXISTS (
    SELECT 1 FROM voice AS other WHERE other.fish_id = voice.fish_id AND other.id <> voice.id
    AND (other.state <> 'deleting' OR other.id < voice.id)
);
DELETE FROM voice WHERE state = 'deleting' AND NOT EXISTS (
    SELECT 1 FROM removal WHERE removal.voice_id = voice.id
);
CREATE UNIQUE INDEX voice_fish_id ON voice (fish_id);
