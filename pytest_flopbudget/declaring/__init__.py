"""Declarations: from TOML to cases, with every mistake's place."""
