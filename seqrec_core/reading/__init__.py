"""Text to a resolved recipe and back: pure, each function is handed the registry it reads."""
