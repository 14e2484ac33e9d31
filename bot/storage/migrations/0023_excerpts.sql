-- The part of a sample that is sent along with what its voice says before it is trained, and what is said in it.
-- It goes with the sample.
CREATE TABLE excerpt (
    voice_id TEXT PRIMARY KEY REFERENCES sample (voice_id) ON DELETE CASCADE,
    data BYTEA NOT NULL,
    transcript TEXT NOT NULL              -- empty where Fish Audio could not make out a word
);
