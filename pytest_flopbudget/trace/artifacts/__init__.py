"""What was built from a model: files in other programs' formats, read into operator calls, one file a format."""
