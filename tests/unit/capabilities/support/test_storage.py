import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.storage import NAMES_LIMIT, TEXT_LIMIT, storage_names


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://acme-images.s3.amazonaws.com/logo.png", "s3 acme-images"),
        ("https://acme.images.s3.eu-west-1.amazonaws.com/logo.png", "s3 acme.images"),
        ("//acme.s3-us-gov-west-1.amazonaws.com/", "s3 acme"),
        ("https://acme.s3.dualstack.us-west-2.amazonaws.com", "s3 acme"),
        ("https://s3.amazonaws.com/acme-backup/2024.zip", "s3 acme-backup"),
        ("https://storage.googleapis.com/acme-media/a.js", "google acme-media"),
        ("https://acme-media.storage.googleapis.com/a.js", "google acme-media"),
        ("https://acmefiles.blob.core.windows.net/public/a.pdf", "azure acmefiles"),
        ("https://acme.fra1.cdn.digitaloceanspaces.com/a", "digitalocean acme"),
        ("https://acme.oss-cn-hangzhou.aliyuncs.com/a", "alibaba acme"),
        ("https://f001.backblazeb2.com/file/acme-dl/a", "backblaze acme-dl"),
        (f"https://pub-{'0a' * 16}.r2.dev/a", f"cloudflare pub-{'0a' * 16}"),
    ],
)
def test_each_provider_s_addresses_are_known(address, expected):
    assert storage_names(f'<img src="{address}">') == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "we use s3.amazonaws.com",
        "https://fonts.googleapis.com/css?family=Roboto",
        "https://acme.s3.amazonaws.com.evil.example/",
        "https://login.windows.net/common",
        "https://ec2-192-0-2-7.eu-west-1.compute.amazonaws.com/",
    ],
)
def test_what_only_looks_like_it_is_none(text):
    assert storage_names(text) == ()


def test_a_page_full_of_names_tells_a_few():
    text = " ".join(f"https://b{number:05}.s3.amazonaws.com/" for number in range(TEXT_LIMIT // 30))

    assert len(storage_names(text)) == NAMES_LIMIT


@given(st.text(alphabet="ab.-s3/" + '"', max_size=300))
def test_any_text_is_read(text):
    storage_names(f"{text}.amazonaws.com{text}")
