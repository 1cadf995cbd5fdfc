"""One page that shows what a replay found, to read anywhere and without a network."""

from __future__ import annotations

from specedge.report.page import ReportError, write_report
from specedge.report.survey import ReportLimits

__all__ = ["ReportError", "ReportLimits", "write_report"]
