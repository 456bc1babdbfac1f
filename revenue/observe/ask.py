"""Health check of a container: `python ask.py PORT PATH` ends with 0 where the answer is 200.

Run as a file: it needs nothing but the standard library, so that asking costs next to nothing.
"""

import http.client
import sys

SECONDS = 5.0


def ask(*, port: int, path: str) -> str:
    """What is wrong, or nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as problem:
        return f"nobody answers on port {port}: {problem}"
    finally:
        connection.close()
    return "" if answer.status == http.HTTPStatus.OK else f"{answer.status} {said}"


if __name__ == "__main__":
    sys.exit(ask(port=int(sys.argv[1]), path=sys.argv[2]) or 0)
