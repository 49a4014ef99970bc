from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.gobuster import Gobuster


def test_a_redirect_tells_the_site_of_the_lines_before_it() -> None:
    items = read(Gobuster(), sample("gobuster.1.txt"))

    assert list(entities(items, "attribute")) == [
        "#attribute#webapplication#https://www.perimeter.test/#path#/app/index.html",
        "#attribute#webapplication#https://www.perimeter.test/#path#/app/admin",
        "#attribute#webapplication#https://other.perimeter.test/#path#/x",
    ]
    assert findings(items) == 3


def test_the_banner_tells_the_site() -> None:
    items = read(
        Gobuster(), b"[+] Url:                     http://192.0.2.9:8080/\n/a (Status: 200) [Size: 1]\n"
    )

    assert list(entities(items, "attribute")) == ["#attribute#webapplication#http://192.0.2.9:8080/#path#/a"]


def test_a_path_of_no_site_is_refused_and_says_what_to_do() -> None:
    items = read(
        Gobuster(), b"/a (Status: 200) [Size: 1]\n/b (Status: 301) [Size: 1] [--> https://sso.test/login/]\n"
    )

    assert len(refusals(items)) == 2
    assert "-e" in refusals(items)[0].reason


def test_names_are_found_with_their_addresses() -> None:
    items = read(Gobuster(), sample("gobuster.2.txt"))

    assert edges(items, "RESOLVES_TO") == {
        ("#domain#www.perimeter.test", "#address#192.0.2.7"),
        ("#domain#www.perimeter.test", "#address#2001:db8::7"),
    }
    assert findings(items) == 3
