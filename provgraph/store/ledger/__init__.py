"""What is written once: at once, or later by way of the spool."""
