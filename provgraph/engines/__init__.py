"""The engines: one contract, one driver over Bolt, and the local engine that runs beside a project."""
