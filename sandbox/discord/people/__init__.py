"""People as tests and the page play them, each with the checks of a Discord client."""
