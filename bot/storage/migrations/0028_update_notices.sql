-- Whether a notice that a voice is trained tells of a new sample with which it goes on.
ALTER TABLE notice ADD COLUMN of_update BIGINT NOT NULL DEFAULT 0;
