import os
import secrets
import subprocess

from chariot.adapters.process.strays import end_strays


def test_processes_are_known_by_their_mark() -> None:
    mark = f"MARK={secrets.token_hex(8)}"
    marked = subprocess.Popen(["/bin/sleep", "600"], env={"MARK": mark.partition("=")[2]})
    other = subprocess.Popen(["/bin/sleep", "600"], env={"MARK": "other", "PATH": os.defpath})
    # A process that is not the program yet has not its environment: until then it is not found.
    while end_strays(mark) == 0 and marked.poll() is None:
        pass
    try:
        assert marked.wait(20) < 0
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
