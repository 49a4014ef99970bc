"""The lab's world: a small company's perimeter and its neighbours.

Versions and what is wrong with them are facts of the National Vulnerability Database and of the makers'
advisories.
"""

from chariot.lab.world import (
    BannerService,
    Certificate,
    Host,
    Page,
    Record,
    Site,
    Technology,
    WebService,
    World,
    Zone,
)

NGINX = Technology("cpe:2.3:a:f5:nginx:1.29.3:*:*:*:*:*:*:*")
OLD_NGINX = Technology("cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:*", ("CVE-2021-23017",))
PHP = Technology("cpe:2.3:a:php:php:7.4.33:*:*:*:*:*:*:*")
HTTPD = Technology(
    "cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*",
    ("CVE-2021-41773", "CVE-2021-42013"),
)
GRAFANA = Technology("cpe:2.3:a:grafana:grafana:8.3.0:*:*:*:*:*:*:*", ("CVE-2021-43798",))
JENKINS = Technology("cpe:2.3:a:jenkins:jenkins:2.441:*:*:*:*:*:*:*", ("CVE-2024-23897",))
CONFLUENCE = Technology("cpe:2.3:a:atlassian:confluence_server:7.13.6:*:*:*:*:*:*:*", ("CVE-2022-26134",))
WORDPRESS = Technology("cpe:2.3:a:wordpress:wordpress:6.7.1:*:*:*:*:*:*:*")
VSFTPD = Technology("cpe:2.3:a:vsftpd_project:vsftpd:2.3.4:*:*:*:*:*:*:*", ("CVE-2011-2523",))
PROFTPD = Technology("cpe:2.3:a:proftpd:proftpd:1.3.5:*:*:*:*:*:*:*", ("CVE-2015-3306",))
EXIM = Technology("cpe:2.3:a:exim:exim:4.89:*:*:*:*:*:*:*", ("CVE-2019-10149",))
OPENSSH = Technology(
    "cpe:2.3:a:openbsd:openssh:9.3:p1:*:*:*:*:*:*",
    ("CVE-2023-38408", "CVE-2024-6387"),
)
# Debian repairs its 9.2p1 without a new upstream version, so the banner alone cannot tell: no risk is right.
DEBIAN_OPENSSH = Technology(r"cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:debian_2\+deb12u7")

SHARED_CERTIFICATE = Certificate(
    "www",
    1001,
    (
        "perimeter.test",
        "www.perimeter.test",
        "app.perimeter.test",
        "old.perimeter.test",
        "grafana.perimeter.test",
        "jenkins.perimeter.test",
        "blog.perimeter.test",
        "ftp.perimeter.test",
        "ftp2.perimeter.test",
        "git.perimeter.test",
        "bastion.perimeter.test",
        "legacy.perimeter.test",
    ),
)
CONFLUENCE_CERTIFICATE = Certificate("confluence", 1002, ("confluence.perimeter.test",))
BLOG_CERTIFICATE = Certificate("blog", 1003, ("blog.perimeter.test", "shop.perimeter.test"))
# A wildcard, and a name that is somebody else's: having it in our certificate does not make it ours.
SHOP_CERTIFICATE = Certificate(
    "shop",
    1004,
    ("shop.perimeter.test", "*.perimeter.test", "cdn.perimeter.test", "partner.neighbour.test"),
)

HTML = ("Content-Type", "text/html; charset=utf-8")
JSON = ("Content-Type", "application/json")


def _html(title: str, body: str, head: str = "") -> str:
    """Return a small HTML page."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{body}</body></html>\n"
    )


def front_page(title: str, body: str, head: str = "") -> tuple[Page, ...]:
    """Return the pages of a site that has only a front page."""
    return (Page(headers=(HTML,), body=_html(title, body, head)),)


FRONT_REDIRECT = Site(
    names=("www.perimeter.test", "perimeter.test"),
    headers=(("Server", "nginx/1.29.3"),),
    pages=(Page(status=301, headers=(("Location", "https://www.perimeter.test:%HTTPS%/"), HTML)),),
    technologies=(NGINX,),
)
FRONT = Site(
    names=("www.perimeter.test", "perimeter.test"),
    headers=(("Server", "nginx/1.29.3"), ("Strict-Transport-Security", "max-age=31536000")),
    pages=front_page("Perimeter Ltd", "<h1>Perimeter Ltd</h1><p>We make fences.</p>"),
    technologies=(NGINX,),
    certificate=SHARED_CERTIFICATE,
)
APP = Site(
    names=("app.perimeter.test",),
    headers=(("Server", "Apache/2.4.49 (Unix)"),),
    pages=front_page("Order desk", "<h1>Order desk</h1>"),
    technologies=(HTTPD,),
)
# The title carries terminal colours and markup: what a target says must stay text wherever it is shown.
OLD = Site(
    names=("old.perimeter.test",),
    headers=(("Server", "nginx/1.18.0"), ("X-Powered-By", "PHP/7.4.33")),
    pages=front_page(
        "Old portal \x1b[31mred\x1b[0m &lt;img src=x onerror=alert(1)&gt;",
        "<h1>Old portal</h1><form method='post' action='/login.php'><input name='user'></form>",
    ),
    technologies=(OLD_NGINX, PHP),
)
GRAFANA_SITE = Site(
    names=("grafana.perimeter.test",),
    headers=(("Cache-Control", "no-cache"), ("X-Frame-Options", "deny")),
    pages=(
        Page(
            headers=(HTML,),
            body=_html(
                "Grafana",
                '<script>window.grafanaBootData = {"settings":{"buildInfo":{"version":"8.3.0",'
                '"commit":"0","edition":"Open Source"}}};</script>',
            ),
        ),
        Page("/api/health", 200, (JSON,), '{"commit":"0","database":"ok","version":"8.3.0"}\n'),
    ),
    technologies=(GRAFANA,),
)
JENKINS_SITE = Site(
    names=("jenkins.perimeter.test",),
    headers=(("X-Hudson", "1.395"), ("X-Jenkins", "2.441"), ("X-Content-Type-Options", "nosniff")),
    pages=(
        Page(status=403, headers=(HTML,), body=_html("Authentication required", "Authentication required")),
        Page("/login", 200, (HTML,), _html("Sign in [Jenkins]", "<h1>Sign in to Jenkins</h1>")),
    ),
    technologies=(JENKINS,),
)
CONFLUENCE_SITE = Site(
    names=("confluence.perimeter.test",),
    headers=(("X-Confluence-Request-Time", "1654128000000"),),
    pages=front_page(
        "Log In - Confluence",
        '<div id="footer"><ul id="poweredby"><li class="noprint">Powered by <a href="/about">Atlassian Confluence</a> '
        '<span id="footer-build-information">7.13.6</span></li></ul></div>',
        '<meta name="ajs-version-number" content="7.13.6">',
    ),
    technologies=(CONFLUENCE,),
    certificate=CONFLUENCE_CERTIFICATE,
)
BLOG = Site(
    names=("blog.perimeter.test",),
    headers=(("Server", "nginx/1.29.3"),),
    pages=front_page(
        "Fence news", "<h1>Fence news</h1>", '<meta name="generator" content="WordPress 6.7.1">'
    ),
    technologies=(NGINX, WORDPRESS),
    certificate=BLOG_CERTIFICATE,
)
# The shop sends its visitors to a partner's machine; following it would leave the scope.
SHOP = Site(
    names=("shop.perimeter.test",),
    headers=(("Server", "nginx/1.29.3"),),
    pages=(Page(status=302, headers=(("Location", "http://partner.neighbour.test:%HTTP%/"), HTML)),),
    technologies=(NGINX,),
    certificate=SHOP_CERTIFICATE,
)
FORGOTTEN = Site(
    names=(),
    headers=(("Server", "Apache/2.4.49 (Unix)"),),
    pages=front_page("It works!", "<h1>It works!</h1>"),
    technologies=(HTTPD,),
)

FRONT_SERVICES = (WebService("http", (FRONT_REDIRECT,)), WebService("https", (FRONT,)))

HOSTS = (
    Host("127.77.0.1", FRONT_SERVICES),
    Host("127.77.0.2", (BannerService("smtp", "220 mail.perimeter.test ESMTP Exim 4.89", EXIM),)),
    Host("127.77.0.3", (WebService("http", (APP,)),)),
    Host("127.77.0.4", (WebService("http", (OLD,)),)),
    Host("127.77.0.5", (WebService("http", (GRAFANA_SITE,)),)),
    Host("127.77.0.6", (WebService("http", (JENKINS_SITE,)),)),
    Host("127.77.0.7", (WebService("https", (CONFLUENCE_SITE,)),)),
    Host("127.77.0.8", (WebService("http", (BLOG, SHOP)), WebService("https", (BLOG, SHOP)))),
    Host("127.77.0.9", (WebService("http", (FORGOTTEN,)),)),
    Host("127.77.0.10", (BannerService("ftp", "220 (vsFTPd 2.3.4)", VSFTPD),)),
    Host(
        "127.77.0.11",
        (BannerService("ftp", "220 ProFTPD 1.3.5 Server (Perimeter) [127.77.0.11]", PROFTPD),),
    ),
    Host("127.77.0.12", FRONT_SERVICES),
    Host("127.77.0.13", (BannerService("ssh", "SSH-2.0-OpenSSH_9.3p1", OPENSSH),)),
    Host("127.77.0.14", (BannerService("ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7", DEBIAN_OPENSSH),)),
    Host("127.77.0.15", ()),
)

# Long enough that the set never fits a datagram: reading it needs the step from UDP to TCP.
VERIFICATIONS = tuple(f"vendor{number:02}-verification=" + f"{number:02}" * 40 for number in range(12))
HOSTILE_TEXT = "<script>alert('perimeter')</script>\x1b]0;owned\x07\x1b[2J\x1b[31m\"; DROP TABLE 'x' #%"

PERIMETER_ZONE = Zone(
    "perimeter.test",
    "ns1.perimeter.test",
    (
        Record("perimeter.test", "NS", "ns1.perimeter.test"),
        Record("perimeter.test", "NS", "ns.neighbour.test"),
        Record("perimeter.test", "A", "127.77.0.1"),
        Record("perimeter.test", "MX", "10 mail.perimeter.test"),
        Record("perimeter.test", "MX", "20 mx.neighbour.test"),
        Record("perimeter.test", "TXT", "v=spf1 mx include:neighbour.test -all"),
        Record("perimeter.test", "TXT", HOSTILE_TEXT),
        Record("_dmarc.perimeter.test", "TXT", "v=DMARC1; p=reject; rua=mailto:dmarc@perimeter.test"),
        *(Record("perimeter.test", "TXT", text) for text in VERIFICATIONS),
        Record("www.perimeter.test", "A", "127.77.0.1"),
        Record("www.perimeter.test", "A", "127.77.0.12"),
        Record("ns1.perimeter.test", "A", "127.77.0.2"),
        Record("mail.perimeter.test", "A", "127.77.0.2"),
        Record("app.perimeter.test", "A", "127.77.0.3"),
        Record("old.perimeter.test", "A", "127.77.0.4"),
        Record("grafana.perimeter.test", "A", "127.77.0.5"),
        Record("jenkins.perimeter.test", "A", "127.77.0.6"),
        Record("confluence.perimeter.test", "A", "127.77.0.7"),
        Record("blog.perimeter.test", "A", "127.77.0.8"),
        Record("shop.perimeter.test", "CNAME", "blog.perimeter.test"),
        Record("ftp.perimeter.test", "A", "127.77.0.10"),
        Record("ftp2.perimeter.test", "A", "127.77.0.11"),
        Record("git.perimeter.test", "A", "127.77.0.13"),
        Record("bastion.perimeter.test", "A", "127.77.0.14"),
        Record("legacy.perimeter.test", "A", "127.77.0.15"),
        Record("cdn.perimeter.test", "CNAME", "edge.neighbour.test"),
    ),
)
NEIGHBOUR_ZONE = Zone(
    "neighbour.test",
    "ns.neighbour.test",
    (
        Record("neighbour.test", "NS", "ns.neighbour.test"),
        Record("neighbour.test", "A", "127.77.1.20"),
        Record("neighbour.test", "TXT", "v=spf1 ip4:127.77.1.20 -all"),
        Record("ns.neighbour.test", "A", "127.77.1.20"),
        Record("mx.neighbour.test", "A", "127.77.1.20"),
        Record("edge.neighbour.test", "A", "127.77.1.20"),
        Record("partner.neighbour.test", "A", "127.77.1.20"),
        Record("gate.neighbour.test", "A", "127.77.0.16"),
    ),
)
_REVERSE = "77.127.in-addr.arpa"
REVERSE_ZONE = Zone(
    _REVERSE,
    "ns1.perimeter.test",
    (
        Record(_REVERSE, "NS", "ns1.perimeter.test"),
        Record(f"1.0.{_REVERSE}", "PTR", "www.perimeter.test"),
        Record(f"2.0.{_REVERSE}", "PTR", "mail.perimeter.test"),
        Record(f"2.0.{_REVERSE}", "PTR", "ns1.perimeter.test"),
        Record(f"3.0.{_REVERSE}", "PTR", "app.perimeter.test"),
        Record(f"4.0.{_REVERSE}", "PTR", "old.perimeter.test"),
        Record(f"5.0.{_REVERSE}", "PTR", "grafana.perimeter.test"),
        Record(f"6.0.{_REVERSE}", "PTR", "jenkins.perimeter.test"),
        Record(f"7.0.{_REVERSE}", "PTR", "confluence.perimeter.test"),
        Record(f"8.0.{_REVERSE}", "PTR", "blog.perimeter.test"),
        Record(f"10.0.{_REVERSE}", "PTR", "ftp.perimeter.test"),
        Record(f"11.0.{_REVERSE}", "PTR", "ftp2.perimeter.test"),
        Record(f"12.0.{_REVERSE}", "PTR", "www.perimeter.test"),
        Record(f"13.0.{_REVERSE}", "PTR", "git.perimeter.test"),
        Record(f"14.0.{_REVERSE}", "PTR", "bastion.perimeter.test"),
        Record(f"15.0.{_REVERSE}", "PTR", "legacy.perimeter.test"),
        Record(f"16.0.{_REVERSE}", "PTR", "gate.neighbour.test"),
        Record(f"20.1.{_REVERSE}", "PTR", "edge.neighbour.test"),
    ),
)

# Anybody takes over both hosts with it in two ways, and criminals use both; no other host has more than one such way.
FIRST_FIX = HTTPD

PERIMETER = World(
    domains=("perimeter.test",),
    netblocks=("127.77.0.0/28",),
    resolver="127.77.255.53",
    name_servers=("127.77.0.2",),
    zones=(PERIMETER_ZONE, NEIGHBOUR_ZONE, REVERSE_ZONE),
    hosts=HOSTS,
    # The second one is the first address after the netblock, where an error by one would land.
    neighbours=("127.77.1.20", "127.77.0.16"),
)
