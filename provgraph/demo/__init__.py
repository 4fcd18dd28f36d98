"""The demo: a project of seven steps and two persons, really run, and what the graph then knows of it."""

from provgraph.demo.flow import run

__all__ = ["run"]
