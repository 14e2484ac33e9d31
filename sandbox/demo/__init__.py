"""The bot's story, told live in a terminal: `python -m sandbox.demo [own.wav ["Text to say"]]`."""
