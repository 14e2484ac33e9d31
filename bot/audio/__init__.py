"""Sound: reads the untrusted WAVs that members send, and marks the MP3s that the bot makes.

`reader` starts `worker` or `copyist` as a process of its own, and they talk through `exchange`. `confinement`, `riff`,
`encodings`, `decoding`, `measuring` and `compacting` work there, and only there are numpy and FFmpeg loaded.
"""
