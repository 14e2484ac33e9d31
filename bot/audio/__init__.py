"""Sound: reads the untrusted WAVs that members send, and marks the MP3s that the bot makes.

`reader` starts `worker` as a process of its own, and they talk through `exchange`. `confinement`, `riff`,
`encodings`, `decoding` and `measuring` work there, and only there are numpy and FFmpeg loaded.
"""
