"""Tracking: what a running script or notebook tells about itself, and how it becomes a run."""
