-- Who had everything about them deleted a short while ago, so that nothing which was running then is stored afterwards.
CREATE TABLE erased (
    member TEXT PRIMARY KEY,              -- a pseudonym; who they are cannot be found out from it
    erased_at BIGINT NOT NULL
);
CREATE INDEX erased_age ON erased (erased_at);
