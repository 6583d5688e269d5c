"""Arrays in, estimates out: intervals, verdict arithmetic, power."""
