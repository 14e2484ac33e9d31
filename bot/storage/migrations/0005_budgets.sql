-- Limits are counted per member and per server. Who stands behind a member's scope only the bot's own key tells, which
-- SQL does not have: the counters of the day on which this file is applied begin anew.
DROP TABLE charge;
DROP TABLE allowance;

-- Characters of a UTC day: a member's anywhere, a member's in one server, or all of a server's.
CREATE TABLE budget (
    scope TEXT NOT NULL,
    day TEXT NOT NULL,                    -- such as 2026-11-23
    characters BIGINT NOT NULL,
    PRIMARY KEY (scope, day)
);

-- Characters that were counted for a sound which nobody has heard yet, a row for each budget; given back if nobody
-- ever does.
CREATE TABLE charge (
    id TEXT NOT NULL,
    scope TEXT NOT NULL,
    day TEXT NOT NULL,
    characters BIGINT NOT NULL,
    charged_at BIGINT NOT NULL,
    PRIMARY KEY (id, scope)
);
CREATE INDEX charge_age ON charge (charged_at);
