# ruff: noqa: INP001 - a script that stands alone in the container
"""Whether the process of this container is well: exit code 0 or 1, and one line when it is not.

A worker or relay touches the file that CHARIOT_ALIVE names every few seconds. The API answers on loopback, where no
probe from outside the container can ask it: `probe.py ready` asks whether it can do its work, else whether it lives.
"""

import http.client
import json
import os
import sys
import time
from pathlib import Path

OLDEST_S = 30.0
TIMEOUT_S = 3.0
PORT = 8642


def check(question: str, alive: str) -> str:
    """Return why the process is not well; empty when it is."""
    return (
        file_fault(Path(alive))
        if alive
        else api_fault(question, int(os.environ.get("CHARIOT_API_PORT", PORT)))
    )


def file_fault(file: Path) -> str:
    """Return what is wrong with the file that is touched again and again."""
    try:
        age_s = time.time() - file.stat().st_mtime
    except OSError as error:
        return f"{file}: {error.strerror}"
    # A clock that was set back makes the file younger than now; that is no reason to end the process.
    return f"{file} was touched {age_s:.0f} s ago" if age_s > OLDEST_S else ""


def api_fault(question: str, port: int) -> str:
    """Return what is wrong with the API's answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", f"/health/{question}")
        answer = connection.getresponse()
        body = answer.read(10_000)
    except (OSError, http.client.HTTPException) as error:
        return f"the API does not answer: {error}"
    finally:
        connection.close()
    return "" if answer.status == 200 else f"the API answers {answer.status}: {parts(body)}"


def parts(body: bytes) -> str:
    """Return the parts that are not ready, with their reasons."""
    try:
        found = json.loads(body)["parts"]
        return "; ".join(f"{part['name']}: {part['reason']}" for part in found if not part["ready"])
    except (ValueError, KeyError, TypeError):
        return "no reason"


def main() -> int:
    """Say what is wrong and return the exit code."""
    question = "ready" if "ready" in sys.argv[1:] else "live"
    fault = check(question, os.environ.get("CHARIOT_ALIVE", ""))
    if fault:
        sys.stdout.write(f"{fault}\n")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
