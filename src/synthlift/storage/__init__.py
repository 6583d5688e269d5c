"""The run folder: a ledger that survives kill -9, files that are never half-written, one lock."""
