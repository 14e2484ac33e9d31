-- How words are said in a server, as its managers have decided.
CREATE TABLE server_pronunciation (
    guild_id BIGINT NOT NULL,
    word_key TEXT NOT NULL,               -- casefolded: the form in which words are compared
    word TEXT NOT NULL,
    spoken TEXT NOT NULL,
    PRIMARY KEY (guild_id, word_key)
);

-- How words are said in what a member has spoken; this comes before what a server says.
CREATE TABLE member_pronunciation (
    member_id BIGINT NOT NULL,
    word_key TEXT NOT NULL,
    word TEXT NOT NULL,
    spoken TEXT NOT NULL,
    PRIMARY KEY (member_id, word_key)
);
