"""Models from files, one file a format; nothing of a file runs in Python."""
