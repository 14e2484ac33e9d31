"""How words become sound: with which cues, how large, with how many attempts, and what is used again."""
