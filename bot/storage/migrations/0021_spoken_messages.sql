-- Whether members may have messages spoken with "Say this in my voice".
ALTER TABLE server ADD COLUMN messages_spoken BIGINT NOT NULL DEFAULT 1;
