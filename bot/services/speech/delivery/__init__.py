"""How a sound is spoken and handed over: in which emotion, in how many bytes."""
