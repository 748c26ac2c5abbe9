"""The demo: two acts on one machine, each with a verdict that can fail."""
