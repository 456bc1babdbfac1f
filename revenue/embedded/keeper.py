"""Own the embedded servers for as long as anybody uses them, then end them.

Run as a script by an isolated interpreter with one JSON argument. It waits for the lock that every
user of the servers shares: the kernel gives it free when the last of them is gone, killed or not.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from typing import Any


def main(wanted: dict[str, Any]) -> None:
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children = [(_start(server), server["stop_signal"]) for server in wanted["servers"]]
    descriptor = os.open(wanted["use_lock"], os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    for child, number in children:
        if child.poll() is None:
            child.send_signal(number)
    for child, _ in children:
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()


def _start(server: dict[str, Any]) -> "subprocess.Popen[bytes]":
    with open(server["log"], "ab") as log:  # noqa: PTH123
        return subprocess.Popen(
            server["command"],
            cwd=server["folder"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
