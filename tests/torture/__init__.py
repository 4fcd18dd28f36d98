"""Faults in real processes: what was acknowledged is there, and nothing is there by half.

Short forms are tests; `make torture` runs the long ones and prints the table of docs/reliability.md.
"""
