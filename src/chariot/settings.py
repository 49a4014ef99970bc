"""Settings: defaults, then a TOML file, then `CHARIOT_…` variables; the later wins."""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.port_lists import port_numbers
from chariot.modules.identity.claims import ClaimRules
from chariot.modules.identity.limits import SessionLimits

DEFAULT_PORTS = (
    21, 22, 23, 25, 53, 80, 81, 110, 111, 135, 139, 143, 389, 443, 445, 465, 587, 636, 993, 995, 1433, 1521, 1883,
    2049, 2375, 2379, 3000, 3306, 3389, 5000, 5432, 5601, 5672, 5900, 5985, 6379, 6443, 7001, 8000, 8008, 8080,
    8081, 8443, 8888, 9000, 9090, 9200, 9443, 10250, 11211, 15672, 27017,
)  # fmt: skip
"""TCP ports that are probed unless settings say otherwise: the ones that matter on a perimeter."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How hard scans may work."""

    packets_per_s: float = 500.0
    """Connections and look-ups per second, all targets together."""
    packets_per_target_per_s: float = 50.0
    """The same to one address."""
    packets_per_network_per_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """The same to one network (/24 of IPv4, /48 of IPv6); 0 is no limit of its own."""
    packets_per_day: Annotated[int, msgspec.Meta(ge=0)] = 0
    """What one organisation may send in a day (UTC); 0 is no limit."""
    scan_seconds_per_day: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How long the scanners of one organisation may work in a day, all workers added up; 0 is no limit."""
    body_seconds: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    """How long one body is read; what comes later is cut off."""
    host_seconds: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    """How long one scan waits for answers of one host that do not end; then the rest of it is unknown."""
    host_bytes: Annotated[int, msgspec.Meta(gt=0)] = 67_108_864
    """How much one scan reads of one host over HTTP."""
    generations: Annotated[int, msgspec.Meta(ge=1)] = 8
    """How many names may lead from a seed to what is looked at; what is farther away is unknown."""
    led_to: Annotated[int, msgspec.Meta(ge=0)] = 5_000
    """How many names and addresses one scan takes in to which other names led, those of the seeds left out."""
    asset_workers: int = 30
    risk_workers: int = 5
    scan_workers: int = 3


class CriticalRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which assets attack paths are looked for to. All that is stated must hold; of several patterns one is enough."""

    level: str = "critical"
    """`critical` or `high`."""
    names: tuple[str, ...] = ()
    """Patterns such as `*.pay.example.com`, for names, addresses and hosts."""
    kinds: tuple[str, ...] = ()
    tags: dict[str, str] = {}


class SourceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is different for one source of knowledge about us."""

    key: str = ""
    """What proves who we are; better given as the variable `CHARIOT_SOURCE_KEY_<NAME>`."""
    url: str = ""
    """Another place than its own, such as a mirror."""
    per_minute: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """How often it may be asked; 0 is as often as it says itself."""

    def __repr__(self) -> str:
        return f"SourceSettings(url={self.url!r}, key={'set' if self.key else 'none'})"


class OrganisationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is different for one organisation."""

    store: str
    """URL of a database that holds this organisation and nobody else."""
    region: str = ""
    """Where that database stands, such as `eu-central`; see `Settings.residency`."""


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many days history keeps what holds no more, by the class of its fields; 0 is for ever."""

    restricted: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    confidential: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    internal: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    public: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0


class IssuerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One issuer of OpenID Connect whose people are let in; docs/identity.md shows one for each common product."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    """Stands in addresses: `corporate`."""
    title: str = ""
    """What people see on the button."""
    url: str
    """Its identifier, exactly as its tokens state it in `iss`."""
    audiences: tuple[str, ...] = ()
    """Whom its access tokens are for; without one, browsers and command lines sign in, and no token is taken."""
    audience_claim: str = "aud"
    """The claim that says so; Cognito's access tokens have `client_id`."""
    client_id: str = ""
    """The client by which browsers sign in; its redirect address is `public_url` + `/api/v1/session/callback`."""
    client_secret_file: str = ""
    """File with the secret of that client; a public client has none."""
    cli_client_id: str = ""
    """A public client with the device flow, by which `chariot login` signs in."""
    scopes: str = "openid profile email"
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
    clock_skew_s: Annotated[float, msgspec.Meta(ge=0, le=300)] = 60.0
    introspects: bool = False
    """Ask the issuer every half minute whether a token still holds."""
    networks: tuple[str, ...] = ()
    """Private networks that it may be in; without them, public addresses only."""
    claims: ClaimRules = ClaimRules()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of one process. Each adapter is chosen by one URL."""

    home: str = ""
    """Folder for data; `~/.local/share/chariot` unless set."""
    store: str = ""
    """URL of the entity store: `sqlite:///path` or `postgresql://…`; by default a SQLite file in `home`."""
    bus: str = ""
    """URL of the queues: `nats://…`; by default they are in the store's file, which only SQLite has."""
    cache: str = ""
    """URL of what servers share to limit requests and to keep pages: `redis://…`; by default each has only its own."""
    graph: str = ""
    """URL of a graph server: `bolt://user:password@host:7687/database`; by default graphs are kept in the process."""
    organisation: str = "default"
    """The organisation that the command line works for."""
    organisations: dict[str, OrganisationSettings] = {}
    """Organisations that stand apart, by name; all others live in `store`."""
    history_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    """How long PostgreSQL keeps what was, in days; 0 is for ever, and under 30 counts as 30."""
    critical: tuple[CriticalRule, ...] = ()
    """What matters most, where no tag `criticality` says it."""
    seeds: tuple[str, ...] = ()
    """Seeds that `chariot scan` takes when it is given none."""
    resolver: str = ""
    """DNS server as `address:port`; by default the system's."""
    ports: tuple[int, ...] = DEFAULT_PORTS
    """TCP ports that are probed; may be written as ranges such as `8000-8100`, as `top-100`, or as `all`."""
    fingerprints: tuple[str, ...] = ()
    """Files and folders of own fingerprints, beside the built-in ones."""
    ca_file: str = ""
    """PEM file of authorities that certificates are checked against, beside those of this machine."""
    limits: Limits = Limits()
    periods: dict[str, float | dict[str, float]] = {}
    """How many hours an answer is good for, by capability, or by capability and kind."""
    tools: str = ""
    """Folder of own tool declarations; `tools` in `home` unless set."""
    required_tools: tuple[str, ...] = ()
    """Tools that must look: where one is not installed, its answer is unknown. Own tools always must."""
    contract_required: bool = False
    """Nothing is sent without a signed contract, also where an organisation has none."""
    journal_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    """How long the journal of what was sent is kept, in days; 0 is for ever."""
    trace_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """Share of the requests that are traced, 0 to 1; sent where `OTEL_EXPORTER_OTLP_ENDPOINT` says."""
    public_url: str = ""
    """Where browsers open this server, such as `https://chariot.example.com`; its host may stand in the Host header."""
    sessions: SessionLimits = SessionLimits()
    """How long sessions last."""
    issuers: tuple[IssuerSettings, ...] = ()
    """Who signs people in besides this installation itself."""
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8642
    sources: tuple[str, ...] = ()
    """Third parties that are asked what they know of our seeds, such as `crtsh`; none unless named here."""
    source_options: dict[str, SourceSettings] = {}
    """Keys, places and pace of sources, by name."""
    source_networks: tuple[str, ...] = ()
    """Private networks that sources may be asked in; without them, public addresses only."""
    feed_networks: tuple[str, ...] = ()
    """Private networks that feeds may be fetched from, without TLS too; without them, public addresses only."""
    webhook_networks: tuple[str, ...] = ()
    """Private networks that webhooks may reach, such as 10.0.5.0/24; without them, public addresses only."""
    audit_witness: str = ""
    """A web address that is told each signed checkpoint of the audit log; empty for none."""
    retention: Retention = Retention()
    """For how long history keeps what holds no more, by class."""
    region: str = ""
    """Where `store` stands, such as `eu-central`."""
    residency: dict[str, tuple[str, ...]] = {}
    """Regions in which the data of an organisation may be kept; `*` stands for all organisations without a line."""
    backups: str = ""
    """Folder in which backups are expected; `chariot compliance check` looks at the age of the newest."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies before the server; what they say in X-Forwarded-For is taken as the client's."""
    behind_tls: bool = False
    """Whether something before the server ends TLS, so that it may listen on other addresses than loopback."""
    lab: dict[str, Any] = {}
    """What `chariot lab` wrote for itself; nothing else reads it."""

    @property
    def home_path(self) -> Path:
        """The data folder.

        Raises:
            ConfigurationError: it is below a home folder that nobody knows.
        """
        try:
            return Path(self.home or "~/.local/share/chariot").expanduser()
        except RuntimeError as error:
            raise ConfigurationError(
                "the home folder is not known: name a folder for data with --home or CHARIOT_HOME"
            ) from error

    @property
    def tools_path(self) -> Path:
        """The folder of own tool declarations."""
        return Path(self.tools).expanduser() if self.tools else self.home_path / "tools"

    @property
    def browser_url(self) -> str:
        """Where browsers open this server, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://localhost:{self.api_port}"

    @property
    def store_url(self) -> str:
        """The entity store's URL."""
        return self.store or f"sqlite:///{self.home_path / 'chariot.db'}"

    @property
    def is_embedded(self) -> bool:
        """True when the store is a file of this machine: then one process does everything unless told otherwise."""
        return self.store_url.startswith("sqlite:")


_FILE_ONLY = frozenset(
    {
        "critical",
        "issuers",
        "lab",
        "limits",
        "organisations",
        "periods",
        "residency",
        "retention",
        "sessions",
        "source_options",
    }
)
"""What is more than one value, and stands in the file alone."""
_LISTS = frozenset(
    {
        "feed_networks",
        "fingerprints",
        "ports",
        "required_tools",
        "seeds",
        "source_networks",
        "sources",
        "trusted_proxies",
        "webhook_networks",
    }
)
"""What a variable names separated by commas."""
_SOURCE_KEY = "CHARIOT_SOURCE_KEY_"


def load_settings(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of this process.

    Raises:
        ConfigurationError: the file cannot be read, or a setting is unknown or wrong; the text names it.
    """
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(f"cannot read the settings in {file}: {error.strerror}") from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError(f"cannot read the settings in {file}: {error}") from error
        _check_names(values)
    for name in Settings.__struct_fields__:
        value = environ.get(f"CHARIOT_{name.upper()}")
        if value is not None and name not in _FILE_ONLY:
            values[name] = [part for part in value.split(",") if part] if name in _LISTS else value
    _take_source_keys(values, environ)
    if isinstance(values.get("ports"), list):
        try:
            values["ports"] = port_numbers(values["ports"])
        except ValueError as error:
            raise ConfigurationError(f"a setting is wrong: ports: {error}") from error
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"a setting is wrong: {error}") from error


def _check_names(values: Mapping[str, Any]) -> None:
    """Refuse settings that there are not: one that is misspelt would be left at its default without a word."""
    known = Settings.__struct_fields__
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; is {near[0]!r} meant?" if near else ""
            raise ConfigurationError(f"there is no setting {name[:80]!r}{hint}")


def _take_source_keys(values: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Add the keys of sources that variables hold: a key in a file is one more file to protect."""
    options = values.get("source_options", {})
    for name, value in environ.items():
        if name.startswith(_SOURCE_KEY) and isinstance(options, dict):
            source = name.removeprefix(_SOURCE_KEY).lower()
            own = options.get(source, {})
            options = {**options, source: {**own, "key": value} if isinstance(own, dict) else own}
    if options:
        values["source_options"] = options
