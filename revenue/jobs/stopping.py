"""One byte that a worker shares with its children: a worker that was asked to stop says so in it.

A job hands itself back at its next step, so that a release does not wait for a training to end.
"""

import mmap

_flag = mmap.mmap(-1, 1)


def announce() -> None:
    _flag[0] = 1


def withdraw() -> None:
    _flag[0] = 0


def is_announced() -> bool:
    return _flag[0] == 1
