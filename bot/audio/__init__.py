"""Sound: reads the untrusted WAVs that members send, and marks the MP3s that the bot makes.

`reader` starts a worker from `confined` as a process of its own, and they talk through `exchange`. Only in that process
are numpy and FFmpeg loaded.
"""
