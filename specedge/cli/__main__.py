"""``python -m specedge.cli`` is ``specedge``."""

from __future__ import annotations

from specedge.cli import main

if __name__ == "__main__":
    main()
