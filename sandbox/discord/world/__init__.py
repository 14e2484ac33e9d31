"""What exists in Discord, and how its API shows it."""
