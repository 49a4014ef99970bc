"""Authorities that certificates are checked against: those of this machine and those of the setting `ca_file`."""

import ssl
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

import msgspec
from cryptography import x509

from chariot.errors import ConfigurationError

FILE_LIMIT_BYTES = 8_000_000
FOLDER_LIMIT = 2_000
"""How many files of a folder of authorities are read; a common system has about 300, half of them links."""


class Authorities(msgspec.Struct, frozen=True):
    """Who is trusted."""

    by_name: dict[x509.Name, tuple[x509.Certificate, ...]] = {}
    gap: str = ""
    """Why there may be more than these, so that who is not among them is not known to be a stranger."""

    def named(self, name: x509.Name) -> tuple[x509.Certificate, ...]:
        """Return those of that name: an authority may change its key and keep its name."""
        return self.by_name.get(name, ())


NOBODY = Authorities(gap="no authorities are given")


def authorities_of(ca_file: str = "") -> Authorities:
    """Return the authorities of this machine and those in the PEM file *ca_file*; read again when it changes."""
    system = _of_system()
    gaps = [] if system else ["this machine has no authorities to check certificates against"]
    own: tuple[x509.Certificate, ...] = ()
    if ca_file:
        try:
            own = read_authorities(ca_file)
        except ConfigurationError as error:
            gaps.append(str(error))
    return Authorities(_by_name(system, own), "; ".join(gaps))


def read_authorities(ca_file: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates in the PEM file *ca_file*.

    Raises:
        ConfigurationError: there are none in it, or it cannot be read.
    """
    path = Path(ca_file)
    try:
        status = path.stat()
        return _in_file(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise ConfigurationError(f"the authorities in {ca_file} cannot be read: {error.strerror}") from error
    except (ValueError, x509.InvalidVersion) as error:
        raise ConfigurationError(f"{ca_file} has no authorities in PEM that can be read") from error


@lru_cache(maxsize=4)
def _in_file(path: Path, changed_ns: int, size_bytes: int) -> tuple[x509.Certificate, ...]:  # noqa: ARG001 - a key
    with path.open("rb") as file:
        found = tuple(x509.load_pem_x509_certificates(file.read(FILE_LIMIT_BYTES)))
    for certificate in found:
        # A name that cannot be read is told with the file, and not by each look.
        hash(certificate.subject)
    return found


@lru_cache(maxsize=1)
def _of_system() -> tuple[x509.Certificate, ...]:
    """Return the authorities that this machine trusts; empty where it has none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    found = tuple(_readable(context.get_ca_certs(binary_form=True)))
    # OpenSSL reads a folder of authorities one by one when it needs them, and so tells none of it.
    folder = ssl.get_default_verify_paths().capath
    return found or (tuple(_readable(_in_folder(Path(folder)))) if folder else ())


def _in_folder(folder: Path) -> Iterator[bytes]:
    for path in islice(sorted(folder.glob("*.[0-9]")), FOLDER_LIMIT):
        try:
            yield ssl.PEM_cert_to_DER_cert(path.read_text("ascii").strip())
        except (OSError, ValueError):
            continue


def _readable(ders: Iterable[bytes]) -> Iterator[x509.Certificate]:
    for der in ders:
        try:
            # Some old roots have a serial number that is no more allowed; they are the system's, and trusted by it.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                certificate = x509.load_der_x509_certificate(der)
            hash(certificate.subject)
        except (ValueError, x509.InvalidVersion):
            continue
        yield certificate


def _by_name(*groups: Iterable[x509.Certificate]) -> dict[x509.Name, tuple[x509.Certificate, ...]]:
    found: dict[x509.Name, tuple[x509.Certificate, ...]] = {}
    for group in groups:
        for certificate in group:
            found[certificate.subject] = (*found.get(certificate.subject, ()), certificate)
    return found
