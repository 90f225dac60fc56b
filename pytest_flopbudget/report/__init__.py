"""Verdicts to text and to plain data: pure functions, one file a form."""
