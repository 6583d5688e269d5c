"""TELL: scores to summary, summary to pictures, both to one page."""
