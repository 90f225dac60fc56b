"""Files that outlive a run: read with clear errors, written whole or not at all."""
