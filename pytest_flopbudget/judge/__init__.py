"""Pure judging: limits against counts, and the verdict on a case."""
