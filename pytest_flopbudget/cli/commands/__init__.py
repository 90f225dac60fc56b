"""One file a command: each has a ``command`` and its ``Printed``, and is found by its file's name."""
