"""Loads and computes once what each bot would at its start, its cogs and certificates above all.

Only the process that forks bots imports this, and imports it last.
"""

import gc
import os
from importlib import import_module

from bot.discord.client import EXTENSIONS
from bot.http.certificates import trusted
from bot.storage.engine.migrate import known_migrations

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # numpy starts no threads, as in the bot's worker

ENGINES = ("bot.storage.engine.sqlite.opening", "bot.storage.engine.postgres.database")

for module in (*EXTENSIONS, *ENGINES):
    import_module(module)
known_migrations()
trusted()
import_module("bot.audio.confined.worker").warm_up()  # reads a recording

gc.collect()
gc.freeze()  # a bot's garbage collection need not write to, and so copy, what it shares with this process
