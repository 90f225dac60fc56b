"""Counting without torch: operator calls, formulas, measurements and metrics."""
