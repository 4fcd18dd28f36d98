"""The version of provgraph."""

__version__ = "0.1.0"
