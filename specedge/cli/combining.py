"""Options that do not go together."""

from __future__ import annotations

from collections.abc import Collection

import typer


def given(context: typer.Context, names: Collection[str]) -> list[str]:
    """Returns the options, such as ``--rate``, of those parameters that stand on the command line.

    Args:
        context: Of the command.
        names: Of parameters of its function.
    """
    known = {parameter.name for parameter in context.command.params}
    if unknown := set(names) - known:
        raise ValueError(f"{context.command.name} has no parameters {sorted(unknown)}")
    found = []
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in names and source is not None and source.name == "COMMANDLINE":
            found.append(parameter.opts[0])
    return found


def refuse(context: typer.Context, names: Collection[str], reason: str) -> None:
    """Refuses options that would be without effect.

    Args:
        context, names: As above.
        reason: Why, and what to do instead.

    Raises:
        BadParameter: one of them was given.
    """
    if options := given(context, names):
        raise typer.BadParameter(f"{', '.join(options)}: {reason}")
