"""Where synthetic documents come from."""
