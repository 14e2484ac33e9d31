-- What somebody is asked to agree to, word for word as they are shown it; it becomes the wording of their consent.
ALTER TABLE request ADD COLUMN wording TEXT NOT NULL DEFAULT '';
-- Questions that are open already show these words.
UPDATE request SET wording =
    'This is my own voice. The recording may be sent to Fish Audio, which makes a synthetic voice from it. '
    || (SELECT owner_name FROM voice WHERE voice.id = request.voice_id)
    || ' may speak in that voice and share it in this server; I may use and share it anywhere, and end all of it at '
    || 'any time with Revoke.';
