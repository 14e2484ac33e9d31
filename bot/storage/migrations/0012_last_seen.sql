-- When the bot last ran, so that a start can tell a long pause from a clock that is wrong.
CREATE TABLE last_seen (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seen_at BIGINT NOT NULL
);
INSERT INTO last_seen (id, seen_at)
SELECT 1, MAX(moment) FROM (
    SELECT MAX(since) AS moment FROM voice UNION ALL SELECT MAX(made_at) AS moment FROM utterance
    UNION ALL SELECT MAX(shared_at) AS moment FROM share UNION ALL SELECT MAX(created_at) AS moment FROM notice
) AS moments HAVING MAX(moment) IS NOT NULL;

-- More kinds of troubles; what they are, the code says.
CREATE TABLE new_alert (
    kind TEXT PRIMARY KEY,
    raised_at BIGINT NOT NULL,
    told_at BIGINT
);
INSERT INTO new_alert (kind, raised_at, told_at) SELECT kind, raised_at, told_at FROM alert;
DROP TABLE alert;
ALTER TABLE new_alert RENAME TO alert;
