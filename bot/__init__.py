"""Mynah: every member of a Discord server speaks in their own voice."""
