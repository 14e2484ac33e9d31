"""Sound: reads the untrusted WAVs that members send, and marks the MP3s that the bot makes.

`reader` has each file read by a worker, a process of its own that runs `confined`. `exchange` holds what they say to
each other. Only these processes load numpy and FFmpeg.
"""
