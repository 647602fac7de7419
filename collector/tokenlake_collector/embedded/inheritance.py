"""What a forked process does with objects that belong to its parent: nothing, not even at its end."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os


def never_destroy(thing: object) -> None:
    """Keep an object, and all that it holds, until the process is gone.

    The destructor of an inherited database would write a checkpoint into the parent's file, and wait for
    threads that are not here: seen, with the parent's log gone and a segmentation fault.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def end_silently() -> None:
    """Let C libraries write nothing to stderr while the interpreter ends; Python's own stream is another.

    nanobind, which binds DuckDB 2.0, would take what is kept for leaks and print fifty lines about them.
    """
    atexit.register(_exchange_stream)


def _exchange_stream() -> None:
    library = ctypes.CDLL(None)
    library.fopen.restype = ctypes.c_void_p
    with contextlib.suppress(ValueError):  # macOS has it under another name: there the lines are printed
        stream = ctypes.c_void_p.in_dll(library, "stderr")
        stream.value = library.fopen(os.devnull.encode(), b"w")
