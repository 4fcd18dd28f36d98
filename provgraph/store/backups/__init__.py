"""Backups: the records of a project in one file, checked when it is read, and written back whole."""
