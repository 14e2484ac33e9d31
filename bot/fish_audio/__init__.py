"""Fish Audio: calls through its SDK, the reading of its answers, and the limit on calls at once."""
