import pytest

from chariot.errors import NotFoundError
from identity_fakes import identity_in


class Issuer:
    name = "corporate"


@pytest.mark.parametrize(("url", "is_encrypted"), [("https://x.test", True), ("http://localhost:1", False)])
def test_cookies_ask_for_tls_where_browsers_come_by_it(surface, url, is_encrypted):
    assert identity_in(surface, public_url=url).is_encrypted is is_encrypted


def test_an_issuer_is_found_by_its_name(surface):
    services = identity_in(surface, issuers=[Issuer()])

    assert services.issuer("corporate").name == "corporate"
    with pytest.raises(NotFoundError):
        services.issuer("other")
