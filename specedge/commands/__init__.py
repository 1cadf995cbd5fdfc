"""The command language: what a model may say and what the robot makes of it.

One declaration (`actions` and `grammar`) gives the decoding mask, the parser and the prompt.
See docs/commands.md.
"""

from specedge.commands.actions import Action, ActionKind, Command, Sight
from specedge.commands.grammar import GRAMMAR_VERSION, grammar
from specedge.commands.parser import CommandError, first_action, parse
from specedge.commands.prompt import SYSTEM_TEXT, Context, user_text
from specedge.commands.text import render, render_action, render_sight

__all__ = [
    "GRAMMAR_VERSION",
    "SYSTEM_TEXT",
    "Action",
    "ActionKind",
    "Command",
    "CommandError",
    "Context",
    "Sight",
    "first_action",
    "grammar",
    "parse",
    "render",
    "render_action",
    "render_sight",
    "user_text",
]
