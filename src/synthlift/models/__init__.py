"""The only rooms that open a socket or load weights: language models behind a server, or in process."""
