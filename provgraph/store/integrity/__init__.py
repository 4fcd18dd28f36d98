"""Whether the store is as it should be, and what a crash left in it."""
