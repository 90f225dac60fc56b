"""The formulas of adjoints: what autograd runs backwards, one family of forwards a file."""
