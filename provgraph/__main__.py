"""Run the command as `python -m provgraph`."""

from provgraph.cli.main import main

main(prog_name="provgraph")
