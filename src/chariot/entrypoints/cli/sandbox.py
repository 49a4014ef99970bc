"""Whether a browser's own sandbox can start here: pages of strangers are shown in no browser without it."""

from pathlib import Path

_KERNEL = Path("/proc/sys")
_CLOSED = {
    "user/max_user_namespaces": ("0", "the kernel allows no user namespaces (user.max_user_namespaces)"),
    "kernel/unprivileged_userns_clone": (
        "0",
        "the kernel allows no user namespaces to ordinary users (kernel.unprivileged_userns_clone)",
    ),
    "kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "AppArmor keeps ordinary users from user namespaces (kernel.apparmor_restrict_unprivileged_userns)",
    ),
}
"""Settings of the kernel, the value that stands in the way, and what to say then."""


def sandbox_fault(user: int, kernel: Path = _KERNEL) -> str:
    """Return why a browser of *user* has no sandbox here; empty where nothing speaks against it.

    What a container forbids besides is only seen when the browser starts.
    """
    if user == 0:
        return "as root a browser has no sandbox; run scans as an ordinary user"
    for name, (closed, said) in _CLOSED.items():
        try:
            value = (kernel / name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            # Where the kernel has no such setting, nothing is closed by it.
            continue
        if value == closed:
            return said
    return ""
