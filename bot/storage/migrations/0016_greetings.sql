-- When a server was greeted, once, after the bot was added to it.
ALTER TABLE server ADD COLUMN greeted_at BIGINT;
