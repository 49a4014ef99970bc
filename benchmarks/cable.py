"""Two network namespaces joined by a cable without a way out, for tools that a loopback does not serve.

masscan writes its own Ethernet frames, which nobody on a loopback takes; BBOT finds ports by masscan and asks name
servers at port 53 alone. At the far end of the cable the lab answers for its addresses, at the near end all tools look
at it over the same wire.
"""

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

NEEDS = ("unshare", "nsenter", "ip", "iptables", "mount", "sysctl")
NEAR, FAR = "10.77.0.1", "10.77.0.2"
INTERFACE = "near0"
LAB_NETWORK = "127.64.0.0/10"
START_S = 30.0


class Cable(NamedTuple):
    """How to run programs at its two ends."""

    near: tuple[str, ...] = ()
    """Stands before the arguments of a program that looks."""
    far: tuple[str, ...] = ()
    """Stands before the arguments of a program that is looked at."""
    router: str = ""
    """Hardware address of the far end; empty where there is no cable, and both ends are this machine's loopback."""

    def resolve_by(self, resolver: str, port: int, folder: Path) -> None:
        """Let what runs at the near end ask *resolver* at port 53, though it listens at *port*."""
        for protocol in ("udp", "tcp"):
            rule = f"-t nat -A PREROUTING -p {protocol} --dport 53 -j DNAT --to-destination :{port}"
            _run(*self.far, "iptables", *rule.split())
        file = folder / "resolv.conf"
        file.write_text(f"nameserver {resolver}\n")
        _run(*self.near, "mount", "--bind", str(file), "/etc/resolv.conf")


@contextlib.contextmanager
def cable() -> Iterator[Cable]:
    """Yield a cable, which is gone afterwards; none where only an administrator could lay it."""
    if os.geteuid() != 0 or not all(map(shutil.which, NEEDS)):
        print(f"no cable is laid: it takes root, {', '.join(NEEDS)}")
        yield Cable()
        return
    with _namespace("--net", "--mount") as near, _namespace("--net") as far:
        ends = (
            ("nsenter", "-t", str(near), "--net", "--mount"),
            ("nsenter", "-t", str(far), "--net"),
        )
        _lay(*ends, far)
        link = subprocess.run((*ends[1], "ip", "-o", "link", "show", "far0"), capture_output=True, check=True)
        router = re.search(rb"link/ether ([0-9a-f:]{17})", link.stdout)
        yield Cable(*ends, router[1].decode() if router else "")


@contextlib.contextmanager
def _namespace(*kinds: str) -> Iterator[int]:
    """Yield the id of a process that does nothing in namespaces of its own."""
    ours = Path("/proc/self/ns/net").readlink()
    with subprocess.Popen(("unshare", *kinds, "sleep", "infinity")) as process:
        try:
            ends_at = time.monotonic() + START_S
            while Path(f"/proc/{process.pid}/ns/net").readlink() == ours and time.monotonic() < ends_at:
                time.sleep(0.05)
            yield process.pid
        finally:
            process.kill()


def _lay(near: tuple[str, ...], far: tuple[str, ...], far_process: int) -> None:
    _run(
        *near,
        "ip",
        "link",
        "add",
        INTERFACE,
        "type",
        "veth",
        "peer",
        "name",
        "far0",
        "netns",
        str(far_process),
    )
    for end, name, address in ((near, INTERFACE, NEAR), (far, "far0", FAR)):
        _run(*end, "ip", "link", "set", "lo", "up")
        _run(*end, "ip", "address", "add", f"{address}/24", "dev", name)
        _run(*end, "ip", "link", "set", name, "up")
        # The lab's addresses are loopback ones, which cross a cable only where that is allowed.
        for setting in (
            "all.route_localnet=1",
            f"{name}.route_localnet=1",
            "all.rp_filter=0",
            f"{name}.rp_filter=0",
        ):
            _run(*end, "sysctl", "-q", "-w", f"net.ipv4.conf.{setting}")
    _run(*near, "ip", "route", "del", "local", "127.0.0.0/8", "dev", "lo", "table", "local")
    _run(*near, "ip", "route", "add", "local", "127.0.0.0/16", "dev", "lo", "table", "local")
    _run(*near, "ip", "route", "add", LAB_NETWORK, "via", FAR, "src", NEAR)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
