"""Everything a person can do wrong, as one table: of Python's names, and of the command's verbs."""
