"""provgraph: a provenance store on a graph database."""

__version__ = "0.1.0"
