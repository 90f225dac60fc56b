"""One file a command: each has a ``command``, and is found by its file's name."""
