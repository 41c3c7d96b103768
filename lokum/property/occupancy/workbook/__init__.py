"""A whole estate in one workbook: its sheets, reading them, staging, checks, bringing them in."""
