"""Launcher and developer tools. What starts the system uses the standard library only."""
