"""Daemons as distributions ship them are found with product and exact version; each is skipped where it is absent.

Postfix, Dovecot and Samba are told to show their versions, which they otherwise keep to themselves; OpenLDAP never
does.
"""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from chariot.adapters.network.names import Resolver
from chariot.adapters.network.network import ScanNetwork
from chariot.capabilities.http import Http
from chariot.capabilities.service_probes import ServiceProbes
from chariot.capabilities.support.parameters import PortParameters
from chariot.capabilities.tcp_ports import TcpPorts
from chariot.capability import Found, Touch
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Port
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.guard import Egress, EgressGuard, Errand
from chariot.modules.discovery.journal import CountingJournal
from chariot.modules.discovery.scope import Scope
from support.ports import give_up

HOST = "127.0.0.1"
LONGEST_S = 60.0
QUIET = asyncio.subprocess.DEVNULL
FOLDERS = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin:/usr/lib/postgresql/15/bin"


class Daemon(msgspec.Struct, frozen=True, kw_only=True):
    """How one daemon is started, and what must be found of it."""

    program: str
    arguments: tuple[str, ...]
    """{port} and {folder} are filled in."""
    product: str
    """Vendor and product of the CPE."""
    service: str
    version: tuple[str, ...]
    """Arguments that make it tell its version."""
    teller: str = ""
    """The program that tells the version instead."""
    pattern: str
    """Finds the version in what it tells."""
    files: dict[str, str] = {}
    """Written into the folder before, {port} and {folder} filled in."""
    weaknesses: frozenset[str] = frozenset()
    before: tuple[tuple[str, ...], ...] = ()
    """Commands that prepare the folder."""
    unprivileged: bool = False
    """Whether it refuses to run as root."""
    takes_datagrams: bool = False
    """Whether it listens on the port by UDP as well."""


NGINX = Daemon(
    program="nginx",
    arguments=("-c", "{folder}/nginx.conf", "-e", "{folder}/error.log"),
    product="f5:nginx",
    service="http",
    version=("-v",),
    pattern=r"nginx/([\d.]+)",
    files={
        "nginx.conf": "daemon off; pid {folder}/pid; events {{}}\nhttp {{ access_log off; "
        "client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; "
        "uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; "
        "server {{ listen 127.0.0.1:{port}; return 200 hello; }} }}"
    },
)
APACHE = Daemon(
    program="apache2",
    arguments=("-X", "-f", "{folder}/apache.conf"),
    product="apache:http_server",
    service="http",
    version=("-v",),
    pattern=r"Apache/([\d.]+)",
    files={
        "apache.conf": "ServerRoot {folder}\nPidFile {folder}/pid\nListen 127.0.0.1:{port}\nServerName localhost\n"
        "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
        "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
        "DocumentRoot {folder}\nErrorLog {folder}/error.log\nUser nobody\nGroup nogroup\n"
    },
)
LIGHTTPD = Daemon(
    program="lighttpd",
    arguments=("-D", "-f", "{folder}/lighttpd.conf"),
    product="lighttpd:lighttpd",
    service="http",
    version=("-v",),
    pattern=r"lighttpd/([\d.]+)",
    files={
        "lighttpd.conf": 'server.port = {port}\nserver.bind = "127.0.0.1"\nserver.document-root = "{folder}"\n'
    },
)
SSHD = Daemon(
    program="sshd",
    arguments=("-D", "-e", "-f", "{folder}/sshd_config"),
    product="openbsd:openssh",
    service="ssh",
    version=("-V",),
    pattern=r"OpenSSH_([\d.]+)",
    before=(
        ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "{folder}/key"),
        ("mkdir", "-p", "/run/sshd"),
    ),
    files={
        "sshd_config": "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/key\nPidFile {folder}/pid\n"
    },
)
VSFTPD = Daemon(
    program="vsftpd",
    arguments=("{folder}/vsftpd.conf",),
    product="vsftpd_project:vsftpd",
    service="ftp",
    version=("-v",),
    pattern=r"version ([\d.]+)",
    files={
        "vsftpd.conf": "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nanonymous_enable=NO\n"
        "local_enable=YES\nbackground=NO\nsecure_chroot_dir={folder}\n"
    },
)
REDIS = Daemon(
    program="redis-server",
    arguments=("--port", "{port}", "--bind", "127.0.0.1", "--dir", "{folder}", "--save", ""),
    product="redis:redis",
    service="redis",
    version=("--version",),
    pattern=r"v=([\d.]+)",
    weaknesses=frozenset({"redis-without-password"}),
)
MOSQUITTO = Daemon(
    program="mosquitto",
    arguments=("-c", "{folder}/mosquitto.conf"),
    product="eclipse:mosquitto",
    service="mqtt",
    version=("-h",),
    pattern=r"mosquitto version ([\d.]+)",
    files={"mosquitto.conf": "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n"},
    weaknesses=frozenset({"mqtt-without-password"}),
)
MEMCACHED = Daemon(
    program="memcached",
    arguments=("-l", "127.0.0.1", "-p", "{port}", "-u", "nobody", "-m", "8"),
    product="memcached:memcached",
    service="memcached",
    version=("-V",),
    pattern=r"memcached ([\d.]+)",
    weaknesses=frozenset({"memcached-without-password"}),
)
SLAPD = Daemon(
    program="slapd",
    arguments=("-d", "0", "-h", "ldap://127.0.0.1:{port}/", "-f", "{folder}/slapd.conf"),
    product="openldap:openldap",
    service="ldap",
    version=("-V",),
    # OpenLDAP does not tell its version to those who are not logged in.
    pattern=r"()slapd",
    files={
        "slapd.conf": "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_ldif\n"
        'database ldif\nsuffix "dc=corp,dc=example"\ndirectory {folder}\n'
    },
)
POSTGRES = Daemon(
    program="postgres",
    arguments=("-D", "{folder}/data", "-p", "{port}", "-h", "127.0.0.1", "-k", "{folder}"),
    product="postgresql:postgresql",
    service="postgresql",
    version=("--version",),
    pattern=r"PostgreSQL\) ([\d.]+)",
    before=(("initdb", "-D", "{folder}/data", "-U", "postgres", "-A", "trust", "-N"),),
    unprivileged=True,
    weaknesses=frozenset({"postgresql-without-password"}),
)
DOVECOT = Daemon(
    program="dovecot",
    arguments=("-F", "-c", "{folder}/dovecot.conf"),
    product="dovecot:dovecot",
    service="imap",
    version=("--version",),
    pattern=r"^([\d.]+)",
    files={
        "dovecot.conf": "base_dir = {folder}/run\nlog_path = {folder}/log\nssl = no\nprotocols = imap\n"
        "listen = 127.0.0.1\nimap_id_send = name * version *\npassdb {{\n driver = static\n args = password=x\n}}\n"
        "service imap-login {{\n inet_listener imap {{\n  port = {port}\n }}\n}}\n"
    },
    weaknesses=frozenset(),
)
SMBD = Daemon(
    program="smbd",
    arguments=("-F", "--no-process-group", "-s", "{folder}/smb.conf", "-p", "{port}"),
    product="samba:samba",
    service="microsoft-ds",
    version=("-V",),
    pattern=r"Version ([\d.]+)",
    files={
        "smb.conf": "[global]\nserver min protocol = NT1\n"
        "interfaces = 127.0.0.1/8\nbind interfaces only = yes\nprivate dir = {folder}\n"
        "lock directory = {folder}\nstate directory = {folder}\ncache directory = {folder}\npid directory = {folder}\n"
        "ncalrpc dir = {folder}/rpc\nlog file = {folder}/log\n"
    },
    weaknesses=frozenset({"smb-signing-not-required", "smb-version-1"}),
)
MARIADB = Daemon(
    program="mariadbd",
    arguments=(
        "--no-defaults", "--datadir={folder}/data", "--port={port}", "--bind-address=127.0.0.1",
        "--socket={folder}/s", "--user=root", "--pid-file={folder}/pid",
    ),
    product="mariadb:mariadb",
    service="mysql",
    version=("--version",),
    pattern=r"Ver ([\d.]+)",
    before=(("mariadb-install-db", "--no-defaults", "--datadir={folder}/data", "--user=root", "--skip-test-db"),),
)  # fmt: skip
POSTFIX = Daemon(
    program="postfix",
    arguments=("-c", "{folder}/etc", "start-fg"),
    product="postfix:postfix",
    service="smtp",
    version=("-d", "mail_version"),
    teller="postconf",
    pattern=r"mail_version = ([\d.]+)",
    files={
        "main.cf": "compatibility_level = 3.6\nmyhostname = mail.corp.example\n"
        "smtpd_banner = $myhostname ESMTP $mail_name $mail_version\n"
        "inet_interfaces = 127.0.0.1\n"
        "inet_protocols = ipv4\nqueue_directory = {folder}/queue\ndata_directory = {folder}/data\n"
        "maillog_file = {folder}/log\nmaillog_file_prefixes = {folder}\nalias_maps =\n",
        "master.cf": "{port} inet n - n - - smtpd\npickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n"
        "qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n"
        "postlog unix-dgram n - n - 1 postlogd\nanvil unix - - n - 1 anvil\nproxymap unix - - n - - proxymap\n",
    },
    before=(
        # It gives up its rights, and still has to come in.
        ("chmod", "755", "{folder}"),
        ("mkdir", "-p", "{folder}/etc", "{folder}/queue", "{folder}/data"),
        ("mv", "{folder}/main.cf", "{folder}/master.cf", "{folder}/etc"),
        ("chown", "postfix", "{folder}/data"),
    ),
)
BIND = Daemon(
    program="named",
    arguments=("-g", "-c", "{folder}/named.conf"),
    product="isc:bind",
    service="domain",
    version=("-v",),
    pattern=r"BIND ([\d.]+)",
    files={
        "named.conf": 'options {{ directory "{folder}"; pid-file none; session-keyfile none; lock-file none; '
        "listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; notify no; "
        'managed-keys-directory "{folder}"; dnssec-validation no; }};\ncontrols {{ }};\n'
    },
    takes_datagrams=True,
)

DAEMONS = (
    NGINX, APACHE, LIGHTTPD, SSHD, VSFTPD, POSTFIX, DOVECOT, BIND, REDIS, POSTGRES, MOSQUITTO, SMBD, MEMCACHED, SLAPD,
    MARIADB,
)  # fmt: skip


def network() -> ScanNetwork:
    guard = EgressGuard(Organisation("acme"), Scope.of([Seed(value="127.0.0.0/24")]))
    errand = Errand(capability="test", touch=Touch.ACTIVE, target=Key("#address#127.0.0.1"), scan="s1")
    nobody = Resolver(HOST, 9, timeout_s=0.1)
    return ScanNetwork(Egress(guard, errand), nobody, Buckets(10_000, 10_000), CountingJournal())


async def answers(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection(HOST, port)
        writer.close()
        return True
    return False


def program_of(name: str) -> str:
    found = shutil.which(name, path=FOLDERS)
    if found is None:
        pytest.skip(f"{name} is not installed: it was not looked at")
    return found


def version_of(daemon: Daemon) -> str:
    # One file for all three: vsftpd tells its version to whom it reads from.
    with tempfile.TemporaryFile() as told:
        command = [program_of(daemon.teller or daemon.program), *daemon.version]
        subprocess.run(command, stdin=told, stdout=told, stderr=told, check=False, timeout=30)
        told.seek(0)
        text = told.read().decode("utf-8", "replace")
    match = re.search(daemon.pattern, text)
    assert match is not None, f"{daemon.program} did not tell its version: {text}"
    return match[1]


async def prepare(daemon: Daemon, folder: Path, port: int, user: str | None) -> None:
    for name, text in daemon.files.items():
        (folder / name).write_text(text.format(port=port, folder=folder))
    for command in daemon.before:
        first, *rest = (word.format(port=port, folder=folder) for word in command)
        process = await asyncio.create_subprocess_exec(
            program_of(first), *rest, user=user, cwd=folder, stdout=QUIET, stderr=QUIET
        )
        async with asyncio.timeout(LONGEST_S):
            await process.wait()


@asynccontextmanager
async def running(daemon: Daemon, folder: Path, port: int) -> AsyncIterator[None]:
    program = program_of(daemon.program)
    user = "nobody" if daemon.unprivileged and os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    await prepare(daemon, folder, port, user)
    if daemon.takes_datagrams:
        give_up(port)
    arguments = (word.format(port=port, folder=folder) for word in daemon.arguments)
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        user=user,
        cwd=folder,
        stdout=QUIET,
        stderr=asyncio.subprocess.PIPE,
        # Some daemons end their whole process group, which must not be ours.
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            while not await answers(port):
                if process.returncode is not None:
                    error = (await process.stderr.read()).decode("utf-8", "replace") if process.stderr else ""
                    pytest.skip(f"{daemon.program} does not start here: {error[-300:]}")
                await asyncio.sleep(0.1)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def scan(port: int) -> list[Found]:
    parameters = PortParameters(ports=(port,))
    target = Address(ip=HOST)
    found = [item async for item in TcpPorts(network(), parameters).run(target)]
    if any(item.service == "http" for item in found if isinstance(item, Port)):
        found += [item async for item in Http(network(), parameters).run(target)]
    opened = Port(address=HOST, protocol="tcp", number=port)
    return found + [item async for item in ServiceProbes(network()).run(opened)]


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not below pytest's own folders: a daemon that gives up its rights could not get there.
    with tempfile.TemporaryDirectory(prefix="daemon-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.fixture
def free_port(unused_tcp_port_factory: Callable[[], int]) -> int:
    return unused_tcp_port_factory()


@pytest.mark.parametrize("daemon", DAEMONS, ids=lambda daemon: daemon.program)
async def test_a_daemon_is_found_with_product_and_exact_version(
    daemon: Daemon, folder: Path, free_port: int
) -> None:
    version = version_of(daemon)

    async with running(daemon, folder, free_port):
        found = await scan(free_port)

    technologies = [item for item in found if isinstance(item, Technology)]
    named = {
        (":".join(item.cpe.split(":")[3:5]), item.cpe.split(":")[5].replace("*", "")) for item in technologies
    }
    assert (daemon.product, version) in named
    assert daemon.service in {item.service for item in found if isinstance(item, Port)}
    assert {item.weakness for item in found if isinstance(item, Risk)} >= daemon.weaknesses
