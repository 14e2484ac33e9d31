-- Where an entry must be posted; NULL for the channel that the managers have chosen by then.
ALTER TABLE log_entry ADD COLUMN channel_id BIGINT;
