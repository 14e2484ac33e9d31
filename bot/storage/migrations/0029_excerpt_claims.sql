-- Who has a part of a sample written down at the moment, since Fish Audio is paid for each time that it listens.
CREATE TABLE excerpt_claim (
    voice_id TEXT PRIMARY KEY REFERENCES sample (voice_id) ON DELETE CASCADE,
    holder TEXT NOT NULL,                 -- made for each claim, so that nobody ends another one's
    claimed_until BIGINT NOT NULL         -- renewed while the work goes on; from then on others may begin
);
