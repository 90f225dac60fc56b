"""Files: locks, read and written whole."""
