"""By which conventions numbers are counted: exact counts are comparable only where these are the same."""

# One more whenever any formula's number changes, or what a metric is defined to be.
CONVENTIONS = 1
