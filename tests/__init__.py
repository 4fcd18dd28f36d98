"""The tests of provgraph."""
