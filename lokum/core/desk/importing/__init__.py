"""Sheets in: reading, mapping, dry run, set-wise writing, undo."""
