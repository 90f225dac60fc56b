"""Small and well-known networks, one a file, written from their papers."""
