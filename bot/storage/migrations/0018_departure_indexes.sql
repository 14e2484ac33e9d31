-- Retired names are found by whomever they are about.
CREATE INDEX departure_owner ON departure (owner_id);
CREATE INDEX departure_member ON departure (target_id) WHERE audience = 'member';
