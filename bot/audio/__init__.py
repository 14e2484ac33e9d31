"""Sound: reads the untrusted recordings that members send, and marks the sounds that the bot makes.

`reader` has each file read by a worker, a process of its own that runs `confined`. `exchange` has the messages between
the two. Only these processes load numpy and FFmpeg.
"""
