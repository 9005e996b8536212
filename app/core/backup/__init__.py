"""Backups: the whole shop in one file, taken while it runs, proved by restoring it."""
