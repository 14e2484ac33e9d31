"""Loads what reads recordings, and lets it read one. Only the process that forks bots imports this."""

import os
from importlib import import_module

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # numpy starts no threads, as in the bot's worker

import_module("bot.audio.confined.worker").warm_up()
