"""``python -m aitracker`` is the command line."""

from aitracker.cli import main

raise SystemExit(main())
