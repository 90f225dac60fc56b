"""The report for a pull request's comment and for a job's summary."""
