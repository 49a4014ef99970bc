import hashlib
import ssl

import pytest
from cryptography import x509

from chariot.lab.ca import authority_pem, fingerprint, leaf_pem
from chariot.lab.perimeter import (
    BLOG_CERTIFICATE,
    CONFLUENCE_CERTIFICATE,
    SHARED_CERTIFICATE,
    SHOP_CERTIFICATE,
)

FINGERPRINTS = {
    SHARED_CERTIFICATE: "9cdf5f511679c36412865df73bee42b00ea2b36dd9ea4c2cded8db4110b3a84d",
    CONFLUENCE_CERTIFICATE: "96c5de9092fa21efb924df7874cac1ef119170e4430c2c4193c2f9d8036e7f43",
    BLOG_CERTIFICATE: "4b573659bedd6d5c55781beb9bc563e425593e86a272ebb313a6447a9c4ae5a5",
    SHOP_CERTIFICATE: "34d8e8688441f7ae4fef50f2b9f1060a864f6a84caa2b779ee86b27118f2fad8",
}


@pytest.mark.parametrize(
    ("certificate", "sha256"), FINGERPRINTS.items(), ids=lambda x: getattr(x, "label", "")
)
def test_a_certificate_is_the_same_on_every_machine(certificate, sha256):
    assert fingerprint(certificate) == sha256


def test_the_fingerprint_is_of_the_certificate_that_is_served():
    pem, _ = leaf_pem(SHOP_CERTIFICATE)

    assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).hexdigest() == fingerprint(SHOP_CERTIFICATE)


def test_the_authority_issued_the_certificate_for_its_names():
    authority = x509.load_pem_x509_certificate(authority_pem())
    leaf = x509.load_pem_x509_certificate(leaf_pem(SHOP_CERTIFICATE)[0])
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    leaf.verify_directly_issued_by(authority)
    assert tuple(names.get_values_for_type(x509.DNSName)) == SHOP_CERTIFICATE.names
