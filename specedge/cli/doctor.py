"""``specedge doctor``: what is installed, what is missing, what it means."""

from __future__ import annotations

import typer


def doctor() -> None:
    """Tell what is installed, what is missing, and what that means.

    Exit code 0 when the stack can run against the simulated Go2, 1 when not.
    """
    from specedge import __version__
    from specedge.stack.doctor import examine, healthy

    findings = examine()
    typer.echo(f"specedge {__version__}")
    for finding in findings:
        sign = "ok     " if finding.found else "MISSING" if finding.needed else "absent "
        typer.echo(f"{sign}  {finding.name}: {finding.detail}")
        if not finding.found:
            typer.echo(f"         -> {finding.meaning}")
    if not healthy(findings):
        raise typer.Exit(1)
