"""``python -m aitracker`` is the command line."""

from aitracker.cli import entry

raise SystemExit(entry())
