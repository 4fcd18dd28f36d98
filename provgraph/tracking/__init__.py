"""Tracking: how the code that runs becomes a run of a transform, and what is kept of it."""
