"""From an exception in a worker or job to the sentence that a visitor reads.

An exception is *expected*, and its own text is shown, when one of these holds:

- its class has `for_visitors = True` (all of `core.engine.errors` do);
- its class is defined in this project (`ImageRejected`, …) and does not say `for_visitors = False`;
- it is a `ValueError` or `LookupError` from a `raise` statement written in this project. The same classes
  raised inside a library, or by an expression such as `table[key]`, do not count: their texts
  are written for programmers;
- memory ran out, which gets a sentence of its own.

Everything else becomes "Something went wrong here (id …)", and the log holds the traceback under that id.
"""

from __future__ import annotations

import dis
import logging
import secrets
import traceback
from types import TracebackType

from core.engine.errors import Failure

_log = logging.getLogger(__name__)

_PROJECT = __name__.partition(".")[0]
_RAISE = dis.opmap["RAISE_VARARGS"]
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


def describe(error: BaseException) -> Failure:
    """The failure to show and to log for `error`; call it where it was caught, with its traceback."""
    kind = type(error).__name__
    details = "".join(traceback.format_exception(error))
    if out_of_memory(error):
        sentence = "There was not enough memory for this: choose a smaller architecture, input or batch."
        return Failure("OutOfMemory", sentence, details)
    if _is_expected(error) and (sentence := _text(error)):
        return Failure(kind, sentence, details)
    reference = secrets.token_hex(4)
    sentence = f"Something went wrong here (id {reference}). The server's log has the details under this id."
    return Failure(kind, sentence, details, expected=False, reference=reference)


def log_failure(function: str, failure: Failure) -> None:
    """Write to this process's log what a visitor is not shown."""
    if failure.expected:
        _log.info("%s declined: %s", function, failure.sentence)
    else:
        _log.error("%s failed (id %s):\n%s", function, failure.reference, failure.details)


def _is_expected(error: BaseException) -> bool:
    marked = getattr(type(error), "for_visitors", None)
    if marked is not None:
        return bool(marked)
    if _in_project(type(error).__module__):
        return True
    return isinstance(error, ValueError | LookupError) and _raised_by_project(error.__traceback__)


def _in_project(module: str) -> bool:
    return module == _PROJECT or module.startswith(f"{_PROJECT}.")


def _raised_by_project(trace: TracebackType | None) -> bool:
    """Whether the innermost frame is this project's and stands at a `raise` statement."""
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code.co_code
    return _in_project(trace.tb_frame.f_globals.get("__name__", "")) and code[trace.tb_lasti] == _RAISE


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out; torch has no class of its own for that on the CPU."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY)


def _text(error: BaseException) -> str:
    """The error's sentence; a `KeyError` shows its argument, not the argument's repr."""
    if isinstance(error, KeyError) and len(error.args) == 1:
        return str(error.args[0])
    return str(error)
