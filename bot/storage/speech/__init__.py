"""Budgets of characters, and records of posted sounds."""
