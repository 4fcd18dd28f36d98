"""How records are written: each kind by its own rules, in one transaction."""
