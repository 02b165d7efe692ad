"""The commands for authors of plugins: new and doctor."""
