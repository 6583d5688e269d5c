"""Who carries tasks out: this process, or a pool of them."""
