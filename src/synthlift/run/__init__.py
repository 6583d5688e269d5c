"""DO: pure tasks, what the ledger lacks, and who carries them out."""
