"""`/server`, its panel, its log, and servers that the bot has left."""
