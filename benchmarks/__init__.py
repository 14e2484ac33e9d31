"""Measures the bot from outside, beside the floor and an obvious bot; run it with `script/bench`."""
