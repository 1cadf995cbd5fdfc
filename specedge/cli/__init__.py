"""The command line: ``specedge COMMAND …``.

One file per command. What a command needs is imported when it runs, so that ``--help`` and
errors answer at once. Exit codes: 0 as wished, 1 not as wished, 2 bad use or a missing part,
which is told in one line on stderr.
"""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from specedge.cli import bench, decode, doctor, keygen, render, replay, stop, train, up, verifier
from specedge.errors import SpecedgeError

BAD_USE = 2

app = typer.Typer(
    name="specedge",
    help="A Unitree Go2 obeys a sentence, with a small model on board and a big one in the cloud.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.up)
app.command("stop")(stop.stop)
app.command("verifier")(verifier.verifier)
app.command("decode")(decode.decode)
app.command("replay")(replay.replay)
app.command("render")(render.render)
app.command("keygen")(keygen.keygen)
app.command("doctor")(doctor.doctor)
app.add_typer(bench.app, name="bench")
app.add_typer(train.app, name="train")


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and leaves the process with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Runs one command and returns its exit code."""
    try:
        code = app(arguments, prog_name="specedge", standalone_mode=False)
    except SpecedgeError as error:
        return complain(str(error))
    except TyperException as error:
        words = error.format_message()  # none where the help has been shown instead
        return complain(words) if words else BAD_USE
    except OSError as error:  # a disk that is full, a folder of somebody else
        return complain(f"{error.filename}: {error.strerror}" if error.filename else repr(error))
    except (typer.Abort, KeyboardInterrupt):
        complain("interrupted")
        return 1
    return code if isinstance(code, int) else 0


def complain(text: str) -> int:
    """Writes one line to stderr and returns the exit code of bad use."""
    print(f"specedge: {' '.join(text.split())}", file=sys.stderr)
    return BAD_USE
