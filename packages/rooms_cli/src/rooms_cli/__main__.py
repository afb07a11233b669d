"""`python -m rooms_cli` is the `rooms` command."""

from __future__ import annotations

from rooms_cli.main import main

main()
