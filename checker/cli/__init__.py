"""The command line: arguments in, text and exit status out."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

FINE, FINDINGS, WRONG_USAGE, UNREADABLE, INTERNAL = range(5)


def command() -> NoReturn:
    """The console script: `main`, and then the end at once: freeing a large input object by object takes time."""
    status = main()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status (see README, "Exit status")."""
    from checker.cli.arguments import parse_arguments
    from checker.errors import StabcheckError

    try:
        arguments = parse_arguments(sys.argv[1:] if argv is None else argv)
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except StabcheckError as error:
        print(f"k8s-stabcheck: {error}", file=sys.stderr)
        return WRONG_USAGE
    except BrokenPipeError:
        # The reader has seen enough, as `| head` does; Python would complain once more when it flushes at exit.
        sys.stdout = None
        return FINE
    except KeyboardInterrupt:
        print("k8s-stabcheck: interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001  (the last word before the user)
        return _internal(error)
    return status


def _internal(error: Exception) -> int:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    print(
        f"k8s-stabcheck: internal error: {type(error).__name__}: {error} ({last.filename}:{last.lineno})\n"
        "  This is a fault of k8s-stabcheck, not of your input. Please report it with this text and, if you can, the input.",
        file=sys.stderr,
    )
    return INTERNAL
