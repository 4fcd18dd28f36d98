"""The store: one instance's graph and files, and every write to them."""
