"""How a sound reaches people: as a file, as a voice message, or as a take that one member hears first."""
