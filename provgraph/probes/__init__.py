"""Facts about the running code and its surroundings: pure functions that know nothing of the graph."""
