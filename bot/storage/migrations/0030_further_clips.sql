-- The second and the third clip of a sample. They go with it.
CREATE TABLE further_clip (
    voice_id TEXT NOT NULL REFERENCES sample (voice_id) ON DELETE CASCADE,
    number BIGINT NOT NULL,               -- from 2 on; the first clip is in the table `sample`
    filename TEXT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (voice_id, number)
);
