"""What the author's code raised, as an error that travels with the author's own traceback."""

from __future__ import annotations

import os
import traceback
from types import TracebackType

from .errors import TauError

#: Frames that tell an author nothing: the SDK that called, and how Python imports a file.
_NOT_THE_AUTHORS = (os.path.dirname(os.path.abspath(__file__)) + os.sep, "<frozen importlib")

#: Their text is written for people. The text of others (`KeyError: 'name'`) says little without the type.
_PLAIN = (Exception, RuntimeError, ValueError, TauError)


def as_failure(error: BaseException, kind: str) -> TauError:
    """An error of this kind. What the work behind it did is anybody's guess, except where it is the setup's."""
    return TauError(kind, error_text(error), executed="no" if kind == "setup-failed" else "maybe", stack=stack_of(error))


def error_text(error: BaseException) -> str:
    """The message of anything that was raised. Never raises: authors' `__str__` may."""
    name = type(error).__name__
    if isinstance(error, SystemExit):
        return f"It called sys.exit({error.code!r}). Raise an exception, or return a result, instead."
    try:
        text = str(error)
    except Exception:
        return f"{name} (whose text can't be read)"
    if text == "":
        return name
    return text if type(error) in _PLAIN else f"{name}: {text}"


def stack_of(error: BaseException) -> str | None:
    """The traceback without tau's own frames; those of exceptions that led to this one included."""
    try:
        described = traceback.TracebackException.from_exception(error)
        _drop_own_frames(described)
        return "".join(described.format()).rstrip("\n")
    except Exception:
        # A `__str__` or `__repr__` of the author's raises. The places are known all the same.
        return _places(error.__traceback__)


def _drop_own_frames(described: traceback.TracebackException) -> None:
    todo: list[traceback.TracebackException | None] = [described]
    seen: set[int] = set()
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        kept = [frame for frame in each.stack if not frame.filename.startswith(_NOT_THE_AUTHORS)]
        each.stack = traceback.StackSummary.from_list(kept)
        todo += [each.__cause__, each.__context__, *(getattr(each, "exceptions", None) or [])]


def _places(where: TracebackType | None) -> str | None:
    return "".join(traceback.format_tb(where)).rstrip("\n") or None
