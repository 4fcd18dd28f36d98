"""The `provgraph` command: the same words as in Python."""

from provgraph.cli.main import main

__all__ = ["main"]
