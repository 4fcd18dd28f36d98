"""Which store it is: the project's folder, its server, its space, its settings, its schema, and who works in it."""
