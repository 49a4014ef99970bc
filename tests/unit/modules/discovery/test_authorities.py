import datetime as dt
import os
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chariot.errors import ConfigurationError
from chariot.modules.discovery.authorities import authorities_of, read_authorities

DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def root(common):
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = x509.CertificateBuilder(who, who, key.public_key(), 7, DAY, DAY + dt.timedelta(days=9))
    return builder.sign(key, hashes.SHA256())


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def test_the_authorities_of_a_file_stand_beside_those_of_this_machine(tmp_path):
    path, own = tmp_path / "ca.pem", root("Own")
    path.write_bytes(pem(own) + pem(root("Other")))

    found = authorities_of(str(path))

    assert found.named(own.subject) == (own,)
    assert found.by_name.keys() > authorities_of().by_name.keys()


def test_a_file_that_changes_is_read_again(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_bytes(pem(root("First")))
    read_authorities(str(path))
    second = root("Second")
    path.write_bytes(pem(second))
    os.utime(path, ns=(1, 1))

    assert read_authorities(str(path)) == (second,)


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nx\n"])
def test_a_file_without_authorities_is_told(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="authorities"):
        read_authorities(str(path))
    assert "authorities" in authorities_of(str(path)).gap


def test_those_of_this_machine_are_those_that_openssl_knows():
    context = ssl.create_default_context()

    found = {one for same in authorities_of().by_name.values() for one in same}

    assert len(found) >= len(context.get_ca_certs())
    assert bool(found) is not bool(authorities_of().gap)
