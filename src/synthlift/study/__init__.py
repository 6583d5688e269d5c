"""PLAN: the validated configuration and the trials it expands into."""
