"""Run the command as `python -m provgraph.cli`."""

from provgraph.cli.main import main

main()
