"""What the bot remembers: one store per noun, and the two engines that keep their tables."""
