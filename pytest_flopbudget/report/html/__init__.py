"""The report as one self-contained page: it opens from disk, and asks no network."""
