"""Rules that keep or drop generated documents: each measures first and decides second, and every drop has a reason."""
