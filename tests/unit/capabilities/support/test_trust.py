import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chariot.capabilities.support.trust import CHAIN_LIMIT, judge
from chariot.model.states import Severity
from chariot.modules.discovery.authorities import Authorities

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
PUBLIC = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])


def name(common, organisation=""):
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    parts += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name(parts)


class Party:
    """A certificate with its key; signed by itself unless *by* somebody."""

    def __init__(
        self,
        common,
        *,
        by=None,
        ca=True,
        length=None,
        key=None,
        frm=NOW - 9 * DAY,
        until=NOW + 9 * DAY,
        org="",
        more=(),
    ):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = name(common, org)
        signer = by or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(frm)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca, length if ca else None), critical=True)
        )
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        is_edwards = isinstance(signer.key, ed25519.Ed25519PrivateKey)
        self.certificate = builder.sign(signer.key, None if is_edwards else hashes.SHA256())
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)


def known(*parties, gap=""):
    by_name = {}
    for party in parties:
        by_name[party.name] = (*by_name.get(party.name, ()), party.certificate)
    return Authorities(by_name, gap)


ROOT = Party("Root", org="Acme")
MIDDLE = Party("Middle", by=ROOT)
VERSION_AT = MIDDLE.der.index(b"\xa0\x03\x02\x01\x02") + 4
LEAF = Party("www.example.com", by=MIDDLE, ca=False)


def told(judged):
    return [flaw.weakness.removeprefix("certificate-") for flaw in judged.flaws]


def look(*chain, by=(ROOT,), gap="", **more):
    return judge([party.der for party in chain], known(*by, gap=gap), now=NOW, **more)


def test_a_chain_to_a_known_authority_is_trusted_with_or_without_its_root():
    assert look(LEAF, MIDDLE) == look(LEAF, MIDDLE, ROOT)
    assert look(LEAF, MIDDLE).trust == "trusted: O=Acme,CN=Root"


def test_a_chain_of_keys_that_browsers_do_not_take_is_judged_as_any_other():
    root = Party("Root", key=ed25519.Ed25519PrivateKey.generate())
    leaf = Party("a.example", by=root, ca=False, key=ed25519.Ed25519PrivateKey.generate())

    assert look(leaf, by=[root]).trust == "trusted: CN=Root"


def test_an_intermediate_may_be_named_as_an_authority():
    assert look(LEAF, by=[MIDDLE]).trust == "trusted: CN=Middle"


def test_a_certificate_that_is_named_itself_is_trusted():
    own = Party("printer.example", ca=False)

    assert (look(own, by=[own]).is_named, look(own, by=[own]).flaws) == (True, ())


def test_a_certificate_that_signs_itself_is_no_flaw_of_its_chain():
    assert look(Party("printer.example", ca=False)).trust == "self-signed"
    assert look(Party("printer.example", ca=False)).flaws == ()


@pytest.mark.parametrize(
    "leaf",
    [
        Party("a.example", by=Party("Middle"), ca=False, more=[PUBLIC]),
        Party("a.example", by=Party("Acme issuing", org="Acme"), ca=False),
    ],
    ids=["of the public web", "of an organisation whose root is known"],
)
def test_an_intermediate_that_is_not_presented_is_missed(leaf):
    judged = look(leaf)

    assert (judged.trust, told(judged)) == ("incomplete chain", ["incomplete-chain"])


def test_a_gap_between_leaf_and_root_is_an_incomplete_chain():
    assert told(look(LEAF, ROOT)) == ["incomplete-chain"]


@pytest.mark.parametrize("sent", [1, 2, 3])
def test_an_issuer_that_nobody_knows_is_told(sent):
    root = Party("Private root")
    middle = Party("Private", by=root)
    leaf = Party("a.example", by=middle, ca=False)

    judged = look(*[leaf, middle, root][:sent])

    assert (judged.trust, told(judged)) == ("unknown issuer", ["untrusted-issuer"])


def test_a_name_that_is_known_with_another_key_is_not_believed():
    impostor = Party("Root", org="Acme")
    leaf = Party("a.example", by=impostor, ca=False)

    assert told(look(leaf, impostor)) == ["untrusted-issuer"]


@pytest.mark.parametrize(
    "middle",
    [
        Party("Middle", by=ROOT, ca=False),
        Party(
            "Middle",
            by=ROOT,
            more=[x509.KeyUsage(True, *[False] * 8)],
        ),
    ],
    ids=["no authority", "not for certificates"],
)
def test_who_may_not_sign_certificates_vouches_for_nobody(middle):
    leaf = Party("a.example", by=middle, ca=False)

    assert not look(leaf, middle).trust.startswith("trusted")


def test_a_way_longer_than_its_authority_allows_is_not_gone():
    short = Party("Short", by=ROOT, length=0)
    below = Party("Below", by=short)
    leaf = Party("a.example", by=below, ca=False)

    assert not look(leaf, below, short).trust.startswith("trusted")


@pytest.mark.parametrize(
    ("dates", "weakness"),
    [
        ({"frm": NOW - 9 * DAY, "until": NOW - DAY}, "chain-expired"),
        ({"frm": NOW + DAY, "until": NOW + 9 * DAY}, "chain-not-yet-valid"),
    ],
)
def test_an_intermediate_out_of_date_is_told_unless_another_way_holds(dates, weakness):
    stale = Party("Middle", by=ROOT, key=MIDDLE.key, **dates)

    assert told(look(LEAF, stale)) == [weakness]
    assert look(LEAF, stale, MIDDLE).trust == "trusted: O=Acme,CN=Root"


def test_a_known_authority_that_has_expired_is_told():
    old = Party("Old", until=NOW - DAY)

    assert told(look(Party("a.example", by=old, ca=False), by=[old])) == ["chain-expired"]


def test_the_end_of_the_leaf_is_not_told_twice():
    assert look(Party("a.example", by=ROOT, ca=False, until=NOW - DAY)).trust.startswith("trusted")


def test_the_wrong_order_is_told_for_information():
    upper = Party("Upper", by=ROOT)
    lower = Party("Lower", by=upper)
    leaf = Party("a.example", by=lower, ca=False)

    judged = look(leaf, upper, lower)

    assert judged.trust.startswith("trusted")
    assert [(flaw.weakness, flaw.severity, flaw.proof) for flaw in judged.flaws] == [
        ("certificate-chain-order", Severity.INFO, "presented as 1, 3, 2")
    ]


@pytest.mark.parametrize(
    ("chain", "options"),
    [
        ((LEAF, MIDDLE), {"by": (), "gap": "no authorities"}),
        ((LEAF,), {"is_whole": False}),
        ((LEAF, *[Party(f"x{number}") for number in range(CHAIN_LIMIT)]), {}),
    ],
    ids=["no authorities are known", "only the leaf could be read", "longer than what is read"],
)
def test_what_cannot_be_judged_is_unknown_and_no_flaw(chain, options):
    judged = look(*chain, **options)

    assert (judged.trust.startswith("unknown: "), bool(judged.unknown), judged.flaws) == (True, True, ())


def test_a_chain_to_somebody_known_is_trusted_whoever_else_may_be_known():
    assert look(LEAF, MIDDLE, gap="the others cannot be read").unknown == ""


def test_a_member_that_cannot_be_read_leaves_it_unknown():
    judged = judge([LEAF.der, b"\x30\x03abc"], known(ROOT), now=NOW)

    assert (bool(judged.unknown), judged.flaws) == (True, ())


def test_certificates_that_all_sign_one_another_end_the_search():
    key = ec.generate_private_key(ec.SECP256R1())
    ring = [Party("Ring", key=key) for _ in range(CHAIN_LIMIT - 1)]
    leaf = Party("a.example", by=ring[0], ca=False)

    assert look(leaf, *ring).unknown.endswith("its chain has too many ways")


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=60)
@example(VERSION_AT, 5)
@given(st.integers(0, len(MIDDLE.der) - 1), st.integers(0, 255))
def test_a_damaged_intermediate_never_makes_a_chain_trusted(place, byte):
    der = bytearray(MIDDLE.der)
    der[place] = byte

    judged = judge([LEAF.der, bytes(der)], known(ROOT), now=NOW)

    assert judged.trust.startswith("trusted") is (bytes(der) == MIDDLE.der)
