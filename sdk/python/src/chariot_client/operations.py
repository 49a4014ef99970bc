# ruff: noqa: A002, N803
"""A method for each operation of the API. Generated from its description by `python -m sdk.generate`; do not edit."""

from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import UNSET, UnsetType

from chariot_client import models
from chariot_client.calls import AsyncCalls, Calls
from chariot_client.pages import AsyncPages, Pages
from chariot_client.wire import Upload


class Operations(Calls):
    """What the server does, at once."""

    def list_seeds(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.SeedRecord]:
        """List seeds."""
        return self.pages(
            models.SeedRecord,
            "/api/v1/seeds",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def add_seeds(
        self,
        *,
        seeds: list[models.SeedItem],
        why: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> tuple[models.SeedRecord, ...]:
        """Add seeds: all of them or none."""
        return self.call(
            tuple[models.SeedRecord, ...],
            "POST",
            "/api/v1/seeds",
            body={"seeds": seeds, "why": why},
            repeatable=idempotency_key or True,
        )

    def list_domains(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.DomainRecord]:
        """List domains."""
        return self.pages(
            models.DomainRecord,
            "/api/v1/domains",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_addresses(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.AddressRecord]:
        """List addresses."""
        return self.pages(
            models.AddressRecord,
            "/api/v1/addresses",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_netblocks(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.NetblockRecord]:
        """List netblocks."""
        return self.pages(
            models.NetblockRecord,
            "/api/v1/netblocks",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_dnsrecords(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.DnsRecordRecord]:
        """List dnsrecords."""
        return self.pages(
            models.DnsRecordRecord,
            "/api/v1/dnsrecords",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_certificates(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.CertificateRecord]:
        """List certificates."""
        return self.pages(
            models.CertificateRecord,
            "/api/v1/certificates",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_ports(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.PortRecord]:
        """List ports."""
        return self.pages(
            models.PortRecord,
            "/api/v1/ports",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_webapplications(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.WebApplicationRecord]:
        """List webapplications."""
        return self.pages(
            models.WebApplicationRecord,
            "/api/v1/webapplications",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_technologies(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.TechnologyRecord]:
        """List technologies."""
        return self.pages(
            models.TechnologyRecord,
            "/api/v1/technologies",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_vulnerabilities(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.VulnerabilityRecord]:
        """List vulnerabilities."""
        return self.pages(
            models.VulnerabilityRecord,
            "/api/v1/vulnerabilities",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_risks(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.RiskRecord]:
        """List risks."""
        return self.pages(
            models.RiskRecord,
            "/api/v1/risks",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_attributes(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.AttributeRecord]:
        """List attributes."""
        return self.pages(
            models.AttributeRecord,
            "/api/v1/attributes",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_credentials(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.CredentialRecord]:
        """List credentials."""
        return self.pages(
            models.CredentialRecord,
            "/api/v1/credentials",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_files(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.FileRecord]:
        """List files."""
        return self.pages(
            models.FileRecord,
            "/api/v1/files",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def keep_file(self, content: Upload, *, path: str, media_type: str | None = None) -> models.FileRecord:
        """Keep a file."""
        return self.call(
            models.FileRecord,
            "POST",
            "/api/v1/files",
            query={"path": path, "media_type": media_type},
            content=content,
        )

    def list_jobs(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.JobRecord]:
        """List jobs."""
        return self.pages(
            models.JobRecord,
            "/api/v1/jobs",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_scans(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.ScanRecord]:
        """List scans."""
        return self.pages(
            models.ScanRecord,
            "/api/v1/scans",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def start_scan(
        self,
        *,
        deny: list[str] | UnsetType = UNSET,
        depth: str | UnsetType | None = UNSET,
        due_only: bool | UnsetType = UNSET,
        seeds: list[str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.ScanStarted:
        """Order a scan."""
        return self.call(
            models.ScanStarted,
            "POST",
            "/api/v1/scans",
            body={"seeds": seeds, "deny": deny, "depth": depth, "due_only": due_only},
            repeatable=idempotency_key or True,
        )

    def list_alertrules(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.AlertRuleRecord]:
        """List alertrules."""
        return self.pages(
            models.AlertRuleRecord,
            "/api/v1/alertrules",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_settings(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.SettingRecord]:
        """List settings."""
        return self.pages(
            models.SettingRecord,
            "/api/v1/settings",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_imports(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.ImportRecord]:
        """List imports."""
        return self.pages(
            models.ImportRecord,
            "/api/v1/imports",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def import_file(
        self,
        content: Upload,
        *,
        file: str | None = None,
        format: str | None = None,
        map: str | None = None,
        complete: bool | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportJobView:
        """Import a file of another tool."""
        return self.call(
            models.ImportJobView,
            "POST",
            "/api/v1/imports",
            query={"file": file, "format": format, "map": map, "complete": complete, "dry_run": dry_run},
            content=content,
            repeatable=idempotency_key or True,
        )

    def list_importpages(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.ImportPageRecord]:
        """List importpages."""
        return self.pages(
            models.ImportPageRecord,
            "/api/v1/importpages",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_comments(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.CommentRecord]:
        """List comments."""
        return self.pages(
            models.CommentRecord,
            "/api/v1/comments",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_apikeys(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.ApiKeyRecord]:
        """List apikeys."""
        return self.pages(
            models.ApiKeyRecord,
            "/api/v1/apikeys",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_importjobs(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.ImportJobRecord]:
        """List importjobs."""
        return self.pages(
            models.ImportJobRecord,
            "/api/v1/importjobs",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_integrations(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.IntegrationRecord]:
        """List integrations."""
        return self.pages(
            models.IntegrationRecord,
            "/api/v1/integrations",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_tickets(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.TicketRecord]:
        """List tickets."""
        return self.pages(
            models.TicketRecord,
            "/api/v1/tickets",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_incidents(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.IncidentRecord]:
        """List incidents."""
        return self.pages(
            models.IncidentRecord,
            "/api/v1/incidents",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_candidates(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.CandidateRecord]:
        """List candidates."""
        return self.pages(
            models.CandidateRecord,
            "/api/v1/candidates",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_contracts(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.ContractRecord]:
        """List contracts."""
        return self.pages(
            models.ContractRecord,
            "/api/v1/contracts",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_roles(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.RoleRecord]:
        """List roles."""
        return self.pages(
            models.RoleRecord,
            "/api/v1/roles",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_members(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.MemberRecord]:
        """List members."""
        return self.pages(
            models.MemberRecord,
            "/api/v1/members",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_assets(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.EntityRecord]:
        """List assets."""
        return self.pages(
            models.EntityRecord,
            "/api/v1/assets",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_findings(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> Pages[models.RiskRecord]:
        """List findings."""
        return self.pages(
            models.RiskRecord,
            "/api/v1/findings",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def read_entity(
        self, key: str, *, as_of: datetime | str | None = None, fields: str | None = None
    ) -> models.EntityRecord:
        """Read one entity."""
        return self.call(
            models.EntityRecord,
            "GET",
            self.path("/api/v1/entities/{key}", key),
            query={"as_of": as_of, "fields": fields},
        )

    def change_entity(
        self,
        key: str,
        *,
        status: str | UnsetType = UNSET,
        tags: dict[str, str | None] | UnsetType = UNSET,
        why: str | UnsetType = UNSET,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.EntityRecord:
        """Change an entity's tags or status."""
        return self.call(
            models.EntityRecord,
            "PATCH",
            self.path("/api/v1/entities/{key}", key),
            headers={"if-match": if_match},
            body={"status": status, "tags": tags, "why": why},
            repeatable=idempotency_key or True,
        )

    def list_relationships(
        self,
        key: str,
        *,
        direction: str | None = None,
        type: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
    ) -> Pages[models.Edge]:
        """List the relationships of an entity."""
        return self.pages(
            models.Edge,
            self.path("/api/v1/entities/{key}/relationships", key),
            query={"direction": direction, "type": type, "limit": limit, "cursor": cursor, "as_of": as_of},
        )

    def list_versions(
        self, key: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Pages[models.VersionItem]:
        """List the versions of an entity, newest first."""
        return self.pages(
            models.VersionItem,
            self.path("/api/v1/entities/{key}/versions", key),
            query={"limit": limit, "cursor": cursor},
        )

    def list_comments_about(
        self, key: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Pages[models.CommentRecord]:
        """List what was said about an entity, the oldest first."""
        return self.pages(
            models.CommentRecord,
            self.path("/api/v1/entities/{key}/comments", key),
            query={"limit": limit, "cursor": cursor},
        )

    def add_comment(self, key: str, *, text: str, idempotency_key: str | None = None) -> models.CommentRecord:
        """Say something about an entity. It stays as it was said."""
        return self.call(
            models.CommentRecord,
            "POST",
            self.path("/api/v1/entities/{key}/comments", key),
            body={"text": text},
            repeatable=idempotency_key or True,
        )

    def list_changes(self, *, after: int | None = None, limit: int | None = None) -> Pages[models.Change]:
        """List what changed, in the order in which it happened."""
        return self.pages(models.Change, "/api/v1/changes", query={"after": after, "limit": limit})

    def read_diff(
        self,
        *,
        since: datetime | str,
        until: datetime | str | None = None,
        kind: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Pages[models.DifferenceItem]:
        """Tell how the surface at one moment differs from that at another."""
        return self.pages(
            models.DifferenceItem,
            "/api/v1/diff",
            query={"since": since, "until": until, "kind": kind, "limit": limit, "cursor": cursor},
        )

    def read_statistics(self) -> models.Statistics:
        """Count what there is."""
        return self.call(models.Statistics, "GET", "/api/v1/statistics")

    def read_risk_statistics(self) -> models.RiskStatistics:
        """Count the unresolved risks by decision, by severity, and by how long they have been known."""
        return self.call(models.RiskStatistics, "GET", "/api/v1/statistics/risks")

    def read_series(
        self,
        *,
        kind: str | None = None,
        by: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        interval: str | None = None,
    ) -> models.Series:
        """Count over time what was on the surface, by kind or by one field."""
        return self.call(
            models.Series,
            "GET",
            "/api/v1/statistics/series",
            query={"kind": kind, "by": by, "since": since, "until": until, "interval": interval},
        )

    def write_observations(
        self,
        *,
        capability: str,
        seen_at: datetime,
        entities: list[dict[str, Any]] | UnsetType = UNSET,
        relationships: list[models.Relationship] | UnsetType = UNSET,
        source: str | UnsetType = UNSET,
        surface: str | UnsetType = UNSET,
        tags: dict[str, str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.Applied:
        """Write what was seen."""
        return self.call(
            models.Applied,
            "POST",
            "/api/v1/observations",
            body={
                "capability": capability,
                "seen_at": seen_at,
                "entities": entities,
                "relationships": relationships,
                "source": source,
                "surface": surface,
                "tags": tags,
            },
            repeatable=idempotency_key or True,
        )

    def expire_entities(self, *, idempotency_key: str | None = None) -> models.Applied:
        """Let what nobody confirmed in its time turn stale, and then leave the surface. The clock does so by itself."""
        return self.call(models.Applied, "POST", "/api/v1/expiry", repeatable=idempotency_key or True)

    def exclude_seed(
        self,
        value: str,
        *,
        why: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SeedRecord:
        """Exclude a seed."""
        return self.call(
            models.SeedRecord,
            "DELETE",
            self.path("/api/v1/seeds/{value}", value),
            query={"why": why},
            headers={"if-match": if_match},
            repeatable=idempotency_key or True,
        )

    def decide_candidate(
        self, key: str, *, standing: str, reason: str | UnsetType = UNSET, idempotency_key: str | None = None
    ) -> models.CandidateRecord:
        """Decide whose a candidate is."""
        return self.call(
            models.CandidateRecord,
            "POST",
            self.path("/api/v1/candidates/{key}/decision", key),
            body={"standing": standing, "reason": reason},
            repeatable=idempotency_key or True,
        )

    def get_inventory_state(self, key: str) -> models.InventoryState:
        """Tell whose an entity is and why, and whether it is still seen."""
        return self.call(models.InventoryState, "GET", self.path("/api/v1/inventory/{key}", key))

    def group_risks(
        self, *, filter: str | None = None, by: str | None = None, limit: int | None = None
    ) -> models.RiskGroups:
        """Gather the unresolved risks by weakness or by target: how many there are, how bad, how many are overdue."""
        return self.call(
            models.RiskGroups,
            "GET",
            "/api/v1/risks/groups",
            query={"filter": filter, "by": by, "limit": limit},
        )

    def explain_risk(self, key: str, *, since: datetime | str | None = None) -> models.ExplanationItem:
        """Explain the score of a risk: each factor, what was known, and what it added; and what changed since when."""
        return self.call(
            models.ExplanationItem,
            "GET",
            self.path("/api/v1/risks/{key}/explanation", key),
            query={"since": since},
        )

    def transition_risk(
        self,
        key: str,
        *,
        state: str,
        due_at: datetime | UnsetType | None = UNSET,
        owner: str | UnsetType | None = UNSET,
        reason: str | UnsetType = UNSET,
        until: datetime | str | UnsetType | None = UNSET,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RiskRecord:
        """Move a risk to another state."""
        return self.call(
            models.RiskRecord,
            "POST",
            self.path("/api/v1/risks/{key}/transition", key),
            headers={"if-match": if_match},
            body={"state": state, "reason": reason, "until": until, "owner": owner, "due_at": due_at},
            repeatable=idempotency_key or True,
        )

    def assign_risk(
        self,
        key: str,
        *,
        due_at: datetime | UnsetType | None = UNSET,
        owner: str | UnsetType = UNSET,
        why: str | UnsetType = UNSET,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RiskRecord:
        """Say who mends a risk, and until when."""
        return self.call(
            models.RiskRecord,
            "PATCH",
            self.path("/api/v1/risks/{key}", key),
            headers={"if-match": if_match},
            body={"owner": owner, "due_at": due_at, "why": why},
            repeatable=idempotency_key or True,
        )

    def move_risks(
        self,
        *,
        keys: list[str],
        state: str,
        due_at: datetime | UnsetType | None = UNSET,
        owner: str | UnsetType | None = UNSET,
        reason: str | UnsetType = UNSET,
        until: datetime | str | UnsetType | None = UNSET,
        idempotency_key: str | None = None,
    ) -> tuple[models.Moved, ...]:
        """Move up to 500 risks to another state, each by itself: one that cannot be moved hinders no other."""
        return self.call(
            tuple[models.Moved, ...],
            "POST",
            "/api/v1/risks/bulk",
            body={
                "keys": keys,
                "state": state,
                "reason": reason,
                "until": until,
                "owner": owner,
                "due_at": due_at,
            },
            repeatable=idempotency_key or True,
        )

    def attack_paths(
        self,
        *,
        target: str | None = None,
        k: int | None = None,
        limit: int | None = None,
        as_of: datetime | str | None = None,
    ) -> models.AttackPaths:
        """Show how somebody would come from the internet to what matters."""
        return self.call(
            models.AttackPaths,
            "GET",
            "/api/v1/graph/paths",
            query={"target": target, "k": k, "limit": limit, "as_of": as_of},
        )

    def fix_plan(self, *, steps: int | None = None, as_of: datetime | str | None = None) -> models.FixPlan:
        """Show which few fixes close most attack paths, and the smallest set that closes all."""
        return self.call(
            models.FixPlan, "GET", "/api/v1/graph/fix-plan", query={"steps": steps, "as_of": as_of}
        )

    def blast_radius(
        self, key: str, *, limit: int | None = None, as_of: datetime | str | None = None
    ) -> models.Blast:
        """Show what falls with one asset: everything that its holder could come to."""
        return self.call(
            models.Blast,
            "GET",
            self.path("/api/v1/graph/entities/{key}/blast-radius", key),
            query={"limit": limit, "as_of": as_of},
        )

    def neighbourhood(
        self,
        key: str,
        *,
        hops: int | None = None,
        limit: int | None = None,
        as_of: datetime | str | None = None,
    ) -> models.Neighbourhood:
        """Show what stands around an entity, nearest first, and the relationships between."""
        return self.call(
            models.Neighbourhood,
            "GET",
            self.path("/api/v1/graph/entities/{key}/neighbourhood", key),
            query={"hops": hops, "limit": limit, "as_of": as_of},
        )

    def graph_position(self, key: str) -> models.Position:
        """Show where an asset stands on attack paths: how likely somebody gets there, and how far from there."""
        return self.call(models.Position, "GET", self.path("/api/v1/graph/entities/{key}/position", key))

    def keystones(
        self, *, limit: int | None = None, as_of: datetime | str | None = None
    ) -> tuple[models.Keystone, ...]:
        """Show the entities through which alone most others are known."""
        return self.call(
            tuple[models.Keystone, ...],
            "GET",
            "/api/v1/graph/keystones",
            query={"limit": limit, "as_of": as_of},
        )

    def prune_preview(
        self, *, keys: list[str], as_of: str | UnsetType = UNSET, limit: int | UnsetType = UNSET
    ) -> models.Pruned:
        """Show what would leave the surface if seeds or assets were excluded; nothing is changed."""
        return self.call(
            models.Pruned,
            "POST",
            "/api/v1/graph/prune-preview",
            body={"keys": keys, "limit": limit, "as_of": as_of},
        )

    def ask_graphql(
        self,
        *,
        extensions: models.Extensions | UnsetType | None = UNSET,
        operationName: str | UnsetType | None = UNSET,
        query: str | UnsetType | None = UNSET,
        variables: dict[str, Any] | UnsetType | None = UNSET,
    ) -> models.GraphqlAnswer:
        """Ask in GraphQL, for just what is needed."""
        return self.bare(
            models.GraphqlAnswer,
            "POST",
            "/api/v1/graphql",
            body={
                "query": query,
                "variables": variables,
                "operationName": operationName,
                "extensions": extensions,
            },
        )

    def read_scope_outline(self) -> models.Outline:
        """Tell the seeds in force, whether everything is stopped, and with which key contracts are signed here."""
        return self.call(models.Outline, "GET", "/api/v1/scope/outline")

    def list_scope_contracts(self) -> tuple[models.ContractItem, ...]:
        """List who authorised what, also what was withdrawn or has ended."""
        return self.call(tuple[models.ContractItem, ...], "GET", "/api/v1/scope/contracts")

    def sign_contract(
        self,
        *,
        allow: list[str],
        authorised_by: str,
        id: str,
        valid_until: str,
        deny: list[str] | UnsetType = UNSET,
        packets_per_s: int | UnsetType = UNSET,
        purpose: str | UnsetType = UNSET,
        touch: list[str] | UnsetType = UNSET,
        valid_from: datetime | UnsetType | None = UNSET,
        windows: list[str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.ContractItem:
        """Sign a contract and put it in force: from the first one on, what no contract allows is refused."""
        return self.call(
            models.ContractItem,
            "POST",
            "/api/v1/scope/contracts",
            body={
                "id": id,
                "authorised_by": authorised_by,
                "purpose": purpose,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "allow": allow,
                "deny": deny,
                "windows": windows,
                "packets_per_s": packets_per_s,
                "touch": touch,
            },
            repeatable=idempotency_key or True,
        )

    def read_contract(self, contract: str) -> models.ContractItem:
        """Tell what a contract says and whether it counts."""
        return self.call(
            models.ContractItem, "GET", self.path("/api/v1/scope/contracts/{contract}", contract)
        )

    def read_contract_document(self, contract: str) -> models.Document:
        """Give a contract with its signature as a file, for an archive or another installation."""
        return self.bare(
            models.Document, "GET", self.path("/api/v1/scope/contracts/{contract}/document", contract)
        )

    def take_in_contract(
        self,
        *,
        form: str,
        organisation: str,
        signature: str,
        signing_key: str,
        terms: dict[str, Any],
        idempotency_key: str | None = None,
    ) -> models.ContractItem:
        """Put a contract in force that was signed elsewhere, by a key that is trusted here."""
        return self.call(
            models.ContractItem,
            "POST",
            "/api/v1/scope/contracts/documents",
            body={
                "form": form,
                "organisation": organisation,
                "terms": terms,
                "signing_key": signing_key,
                "signature": signature,
            },
            repeatable=idempotency_key or True,
        )

    def verify_contract(
        self, *, form: str, organisation: str, signature: str, signing_key: str, terms: dict[str, Any]
    ) -> models.ContractFault:
        """Tell whether a contract is as it was signed, by a key that is trusted here; nothing is kept of it."""
        return self.call(
            models.ContractFault,
            "POST",
            "/api/v1/scope/contracts/verification",
            body={
                "form": form,
                "organisation": organisation,
                "terms": terms,
                "signing_key": signing_key,
                "signature": signature,
            },
        )

    def withdraw_contract(
        self, contract: str, *, why: str | None = None, idempotency_key: str | None = None
    ) -> models.ContractItem:
        """Let a contract count no more: what it alone allowed is refused from now on."""
        return self.call(
            models.ContractItem,
            "POST",
            self.path("/api/v1/scope/contracts/{contract}/withdraw", contract),
            query={"why": why},
            repeatable=idempotency_key or True,
        )

    def list_sent(
        self, *, after: int | None = None, limit: int | None = None, address: str | None = None
    ) -> tuple[models.JournalLine, ...]:
        """List what was sent to whom, when, why and by whose word, the oldest first."""
        return self.call(
            tuple[models.JournalLine, ...],
            "GET",
            "/api/v1/scope/journal",
            query={"after": after, "limit": limit, "address": address},
        )

    def preview_scope(
        self, *, drop: list[str] | UnsetType = UNSET, put: list[models.ScopedSeed] | UnsetType = UNSET
    ) -> models.ScopePreview:
        """Tell what of the things that are known a change of seeds would bring into scope, and what would fall out."""
        return self.call(
            models.ScopePreview, "POST", "/api/v1/scope/preview", body={"put": put, "drop": drop}
        )

    def read_journal_head(self) -> models.JournalHead:
        """Tell where the journal begins and ends."""
        return self.call(models.JournalHead, "GET", "/api/v1/scope/journal/head")

    def download_journal(self, to: Path | str, *, address: str | None = None) -> Path:
        """Download what was sent, for an abuse desk: each line with its place in the chain, and last a signed seal."""
        return self.download("/api/v1/scope/journal/export", to, query={"address": address})

    def verify_journal(self) -> models.JournalState:
        """Tell whether the whole journal is as it was written."""
        return self.call(models.JournalState, "GET", "/api/v1/scope/journal/verification")

    def plan_scan(
        self,
        *,
        deny: list[str] | UnsetType = UNSET,
        depth: str | UnsetType | None = UNSET,
        due_only: bool | UnsetType = UNSET,
        seeds: list[str] | UnsetType = UNSET,
    ) -> models.Plan:
        """Tell what a scan would do: targets, packets and time of each capability. Nothing is sent for that."""
        return self.call(
            models.Plan,
            "POST",
            "/api/v1/scans/plan",
            body={"seeds": seeds, "deny": deny, "depth": depth, "due_only": due_only},
        )

    def read_progress(self) -> models.ScanState:
        """Tell how far discovery is."""
        return self.call(models.ScanState, "GET", "/api/v1/scans/current")

    def stop_scans(self, *, reason: str, idempotency_key: str | None = None) -> models.ScanState:
        """Stop all that is sent, at once; its jobs keep their places."""
        return self.call(
            models.ScanState,
            "POST",
            "/api/v1/scans/current/stop",
            body={"reason": reason},
            repeatable=idempotency_key or True,
        )

    def resume_scans(self, *, idempotency_key: str | None = None) -> models.ScanState:
        """Let things be sent again."""
        return self.call(
            models.ScanState, "POST", "/api/v1/scans/current/resume", repeatable=idempotency_key or True
        )

    def read_scan(self, scan: str) -> models.ScanItem:
        """Tell how far a scan is, and what it could not look at."""
        return self.call(models.ScanItem, "GET", self.path("/api/v1/scans/{scan}", scan))

    def pause_scan(self, scan: str, *, idempotency_key: str | None = None) -> models.ScanItem:
        """Pause a scan."""
        return self.call(
            models.ScanItem,
            "POST",
            self.path("/api/v1/scans/{scan}/pause", scan),
            repeatable=idempotency_key or True,
        )

    def resume_scan(self, scan: str, *, idempotency_key: str | None = None) -> models.ScanItem:
        """Let a paused scan go on with what it has not looked at yet."""
        return self.call(
            models.ScanItem,
            "POST",
            self.path("/api/v1/scans/{scan}/resume", scan),
            repeatable=idempotency_key or True,
        )

    def cancel_scan(self, scan: str, *, idempotency_key: str | None = None) -> models.ScanItem:
        """Cancel a scan for good."""
        return self.call(
            models.ScanItem,
            "POST",
            self.path("/api/v1/scans/{scan}/cancel", scan),
            repeatable=idempotency_key or True,
        )

    def read_scope(self, *, target: str) -> models.ScopeAnswer:
        """Tell whether a target is in scope, and why."""
        return self.call(models.ScopeAnswer, "GET", "/api/v1/scope", query={"target": target})

    def put_rule(
        self,
        label: str,
        *,
        channel: str,
        enabled: bool | UnsetType = UNSET,
        known_exploited_only: bool | UnsetType = UNSET,
        minimum_score: int | UnsetType = UNSET,
        overdue_only: bool | UnsetType = UNSET,
        signing_key: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.AlertRuleRecord:
        """Set an alert rule."""
        return self.call(
            models.AlertRuleRecord,
            "PUT",
            self.path("/api/v1/alertrules/{label}", label),
            body={
                "channel": channel,
                "signing_key": signing_key,
                "minimum_score": minimum_score,
                "known_exploited_only": known_exploited_only,
                "overdue_only": overdue_only,
                "enabled": enabled,
            },
            repeatable=idempotency_key or True,
        )

    def end_rule(self, label: str, *, idempotency_key: str | None = None) -> models.AlertRuleRecord:
        """Take an alert rule out of force; history keeps it."""
        return self.call(
            models.AlertRuleRecord,
            "DELETE",
            self.path("/api/v1/alertrules/{label}", label),
            repeatable=idempotency_key or True,
        )

    def try_rule(self, label: str, *, idempotency_key: str | None = None) -> models.Tried:
        """Send a made-up alert to the channel of a rule, and tell whether it arrived."""
        return self.call(
            models.Tried,
            "POST",
            self.path("/api/v1/alertrules/{label}/trial", label),
            repeatable=idempotency_key or True,
        )

    def list_deliveries(
        self, label: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Pages[models.JobRecord]:
        """List what became of a rule's alerts, one for each risk, the newest first."""
        return self.pages(
            models.JobRecord,
            self.path("/api/v1/alertrules/{label}/deliveries", label),
            query={"limit": limit, "cursor": cursor},
        )

    def list_audit(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        object: str | None = None,
        address: str | None = None,
        request_id: str | None = None,
        ending: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        installation: bool | None = None,
    ) -> Pages[models.AuditItem]:
        """List entries of the audit log, the newest first."""
        return self.pages(
            models.AuditItem,
            "/api/v1/audit",
            query={
                "actor": actor,
                "action": action,
                "object": object,
                "address": address,
                "request_id": request_id,
                "ending": ending,
                "since": since,
                "until": until,
                "limit": limit,
                "cursor": cursor,
                "installation": installation,
            },
        )

    def verify_audit(self, *, installation: bool | None = None) -> models.AuditVerification:
        """Read the whole log and tell whether it says what was written."""
        return self.call(
            models.AuditVerification,
            "GET",
            "/api/v1/audit/verification",
            query={"installation": installation},
        )

    def verify_audit_against(
        self, *, against: list[models.Signed], installation: bool | None = None
    ) -> models.AuditVerification:
        """Read the whole log and tell whether it also agrees with checkpoints that were kept elsewhere."""
        return self.call(
            models.AuditVerification,
            "POST",
            "/api/v1/audit/verification",
            query={"installation": installation},
            body={"against": against},
        )

    def read_audit_key(self) -> models.SigningKey:
        """Tell the public key that signs the log and exports of the journal, for whoever verifies them elsewhere."""
        return self.call(models.SigningKey, "GET", "/api/v1/audit/key")

    def make_audit_checkpoint(self, *, installation: bool | None = None) -> models.SignedCheckpoint:
        """Set a checkpoint at the end of the log and give it out, to be kept elsewhere."""
        return self.call(
            models.SignedCheckpoint, "POST", "/api/v1/audit/checkpoints", query={"installation": installation}
        )

    def download_audit(self, format: str, to: Path | str, *, installation: bool | None = None) -> Path:
        """Download the log with its proof: entries, checkpoints and, last, the signed head."""
        return self.download(
            self.path("/api/v1/audit/exports/{format}", format), to, query={"installation": installation}
        )

    def read_incident_dossier(self, id: str) -> models.IncidentDossier:
        """Read the timeline of an incident and its deadlines."""
        return self.call(models.IncidentDossier, "GET", self.path("/api/v1/incidents/{id}/dossier", id))

    def read_incident_report(self, id: str) -> str:
        """Read the report of an incident, with what is still to be filled in."""
        return self.text("GET", self.path("/api/v1/incidents/{id}/report", id))

    def read_incident_page(self, id: str) -> str:
        """Download the same report as one HTML page that loads and runs nothing."""
        return self.text("GET", self.path("/api/v1/incidents/{id}/report/html", id))

    def move_incident(
        self, id: str, *, state: str, why: str | UnsetType = UNSET, idempotency_key: str | None = None
    ) -> models.IncidentRecord:
        """Say where the handling of an incident stands; to close it takes a reason."""
        return self.call(
            models.IncidentRecord,
            "POST",
            self.path("/api/v1/incidents/{id}/state", id),
            body={"state": state, "why": why},
            repeatable=idempotency_key or True,
        )

    def put_incident_regimes(
        self,
        id: str,
        *,
        regimes: list[str],
        aware_at: datetime | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.IncidentRecord:
        """Say by which rules somebody has to be told of an incident; its deadlines follow from them."""
        return self.call(
            models.IncidentRecord,
            "PUT",
            self.path("/api/v1/incidents/{id}/regimes", id),
            body={"regimes": regimes, "aware_at": aware_at},
            repeatable=idempotency_key or True,
        )

    def finish_incident_duty(
        self, id: str, duty: str, *, idempotency_key: str | None = None
    ) -> models.IncidentRecord:
        """Say that somebody who had to be told of an incident was told now."""
        return self.call(
            models.IncidentRecord,
            "POST",
            self.path("/api/v1/incidents/{id}/duties/{duty}", id, duty),
            repeatable=idempotency_key or True,
        )

    def list_organisations(self) -> tuple[models.OrganisationPlace, ...]:
        """List the organisations that this token may ask for."""
        return self.call(tuple[models.OrganisationPlace, ...], "GET", "/api/v1/organisations")

    def create_organisation(
        self,
        *,
        name: str,
        parent: str | UnsetType = UNSET,
        title: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.OrganisationPlace:
        """Create an organisation below this one; the installation's own token also makes some that stand at the top."""
        return self.call(
            models.OrganisationPlace,
            "POST",
            "/api/v1/organisations",
            body={"name": name, "title": title, "parent": parent},
            repeatable=idempotency_key or True,
        )

    def change_organisation(
        self,
        name: str,
        *,
        parent: str | UnsetType = UNSET,
        suspended: bool | UnsetType = UNSET,
        title: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.OrganisationPlace:
        """Rename, move or suspend an organisation below this one. Roles from above hold in it wherever it stands."""
        return self.call(
            models.OrganisationPlace,
            "PATCH",
            self.path("/api/v1/organisations/{name}", name),
            body={"title": title, "parent": parent, "suspended": suspended},
            repeatable=idempotency_key or True,
        )

    def end_organisation(self, name: str, *, idempotency_key: str | None = None) -> models.OrganisationPlace:
        """End an organisation below this one: nobody may do anything in it any more. What it holds stays kept."""
        return self.call(
            models.OrganisationPlace,
            "DELETE",
            self.path("/api/v1/organisations/{name}", name),
            repeatable=idempotency_key or True,
        )

    def put_setting(
        self, label: str, *, value: str, idempotency_key: str | None = None
    ) -> models.SettingRecord:
        """Set a setting of the organisation."""
        return self.call(
            models.SettingRecord,
            "PUT",
            self.path("/api/v1/settings/{label}", label),
            body={"value": value},
            repeatable=idempotency_key or True,
        )

    def remove_setting(self, label: str, *, idempotency_key: str | None = None) -> models.SettingRecord:
        """Remove a setting: its default holds again."""
        return self.call(
            models.SettingRecord,
            "DELETE",
            self.path("/api/v1/settings/{label}", label),
            repeatable=idempotency_key or True,
        )

    def put_role(
        self,
        label: str,
        *,
        permissions: list[str],
        asset_tags: list[str] | UnsetType = UNSET,
        highest_severity: str | UnsetType | None = UNSET,
        kinds: list[str] | UnsetType = UNSET,
        names: list[str] | UnsetType = UNSET,
        netblocks: list[str] | UnsetType = UNSET,
        requests_per_s: int | UnsetType | None = UNSET,
        title: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.RoleRecord:
        """Say what a role allows, here and in all organisations below. Nobody gives what they have not."""
        return self.call(
            models.RoleRecord,
            "PUT",
            self.path("/api/v1/roles/{label}", label),
            body={
                "title": title,
                "permissions": permissions,
                "kinds": kinds,
                "asset_tags": asset_tags,
                "netblocks": netblocks,
                "names": names,
                "highest_severity": highest_severity,
                "requests_per_s": requests_per_s,
            },
            repeatable=idempotency_key or True,
        )

    def end_role(self, label: str, *, idempotency_key: str | None = None) -> models.RoleRecord:
        """Take a role back: who had it has it no more, unless it is built in or kept above."""
        return self.call(
            models.RoleRecord,
            "DELETE",
            self.path("/api/v1/roles/{label}", label),
            repeatable=idempotency_key or True,
        )

    def put_member(
        self, id: str, *, roles: list[str], label: str | UnsetType = UNSET, idempotency_key: str | None = None
    ) -> models.MemberRecord:
        """Give somebody roles, here and in all organisations below. Nobody gives what they have not."""
        return self.call(
            models.MemberRecord,
            "PUT",
            self.path("/api/v1/members/{id}", id),
            body={"roles": roles, "label": label},
            repeatable=idempotency_key or True,
        )

    def end_member(self, id: str, *, idempotency_key: str | None = None) -> models.MemberRecord:
        """Take from somebody all roles that this organisation gave them."""
        return self.call(
            models.MemberRecord,
            "DELETE",
            self.path("/api/v1/members/{id}", id),
            repeatable=idempotency_key or True,
        )

    def read_sight(self, id: str) -> models.Sight:
        """Tell what somebody may do here, and what they see."""
        return self.call(models.Sight, "GET", self.path("/api/v1/members/{id}/sight", id))

    def make_key(
        self,
        *,
        label: str,
        permissions: list[str],
        expires_at: datetime | UnsetType | None = UNSET,
        networks: list[str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.KeyMade:
        """Make an API key for this organisation. It may do no more than whoever makes it."""
        return self.call(
            models.KeyMade,
            "POST",
            "/api/v1/keys",
            body={"label": label, "permissions": permissions, "expires_at": expires_at, "networks": networks},
            repeatable=idempotency_key or True,
        )

    def revoke_key(
        self, id: str, *, why: str | None = None, idempotency_key: str | None = None
    ) -> models.ApiKeyRecord:
        """Take a key back for good: this server refuses it from the next request on, others within two seconds."""
        return self.call(
            models.ApiKeyRecord,
            "DELETE",
            self.path("/api/v1/keys/{id}", id),
            query={"why": why},
            repeatable=idempotency_key or True,
        )

    def read_encryption(self) -> models.EncryptionStatus:
        """Show which keys there are, and what is left to do; nothing of the keys themselves."""
        return self.call(models.EncryptionStatus, "GET", "/api/v1/encryption")

    def rotate_key(self, *, idempotency_key: str | None = None) -> models.KeyVersion:
        """Make a new key of the organisation, which seals from now on; older ones still open."""
        return self.call(
            models.KeyVersion, "POST", "/api/v1/encryption/keys", repeatable=idempotency_key or True
        )

    def shred_keys(self, *, organisation: str) -> models.Shredded:
        """Destroy the keys of an organisation that leaves: its secrets and personal data can never be read again."""
        return self.call(
            models.Shredded, "DELETE", "/api/v1/encryption/keys", query={"organisation": organisation}
        )

    def reseal(self) -> models.Resealed:
        """Seal some of what older keys sealed, history too, with the newest one."""
        return self.call(models.Resealed, "POST", "/api/v1/encryption/reseal")

    def rotate_master_key(self, *, idempotency_key: str | None = None) -> models.MasterMade:
        """Make a new master key, which wraps the keys of all organisations; for the installation's own token."""
        return self.call(
            models.MasterMade, "POST", "/api/v1/encryption/masters", repeatable=idempotency_key or True
        )

    def rewrap_keys(self) -> models.Rewrapped:
        """Wrap with the current master key what an older one wraps: what a rotation left that was broken off."""
        return self.call(models.Rewrapped, "POST", "/api/v1/encryption/rewrap")

    def retire_master_key(self, master: str) -> models.MasterRetired:
        """Give up an older master key that nothing needs any more."""
        return self.call(
            models.MasterRetired, "DELETE", self.path("/api/v1/encryption/masters/{master}", master)
        )

    def judge_compliance(self, *, framework: str | None = None) -> models.ComplianceReport:
        """Judge every check over the surface and the installation, with what each verdict rests on."""
        return self.call(models.ComplianceReport, "GET", "/api/v1/compliance", query={"framework": framework})

    def export_subject(
        self, *, names: list[str], everywhere: bool | UnsetType = UNSET
    ) -> models.SubjectExport:
        """Return all that is kept about a person in this organisation."""
        return self.call(
            models.SubjectExport,
            "POST",
            "/api/v1/privacy/exports",
            body={"names": names, "everywhere": everywhere},
        )

    def erase_subject(
        self, *, names: list[str], why: str, everywhere: bool | UnsetType = UNSET
    ) -> models.ErasureDone:
        """Put a pseudonym in the place of a person, in the present and in all history. It cannot be undone."""
        return self.call(
            models.ErasureDone,
            "POST",
            "/api/v1/privacy/erasures",
            body={"names": names, "why": why, "everywhere": everywhere},
        )

    def list_import_formats(self) -> tuple[models.FormatItem, ...]:
        """List the formats that can be imported."""
        return self.call(tuple[models.FormatItem, ...], "GET", "/api/v1/importformats")

    def read_import_job(self, id: str) -> models.ImportJobView:
        """Tell how far an import is, and what came of it."""
        return self.call(models.ImportJobView, "GET", self.path("/api/v1/importjobs/{id}", id))

    def pause_import_job(self, id: str) -> models.ImportJobView:
        """Pause an import behind its last batch; what it wrote stays."""
        return self.call(models.ImportJobView, "POST", self.path("/api/v1/importjobs/{id}/pause", id))

    def resume_import_job(self, id: str) -> models.ImportJobView:
        """Go on with an import that was paused."""
        return self.call(models.ImportJobView, "POST", self.path("/api/v1/importjobs/{id}/resume", id))

    def cancel_import_job(self, id: str) -> models.ImportJobView:
        """Stop an import, and take back what it wrote; until that is done it is `cancelling`, then `cancelled`."""
        return self.call(models.ImportJobView, "POST", self.path("/api/v1/importjobs/{id}/cancel", id))

    def apply_import_job(self, id: str) -> models.ImportJobView:
        """Import for real what a preview looked at, without sending it again."""
        return self.call(models.ImportJobView, "POST", self.path("/api/v1/importjobs/{id}/apply", id))

    def read_import(self, id: str) -> models.ImportRecord:
        """Show one import of the ledger."""
        return self.call(models.ImportRecord, "GET", self.path("/api/v1/imports/{id}", id))

    def undo_import(self, id: str, *, dry_run: bool | None = None) -> models.UndoReport:
        """Take an import back; what others confirmed since stays."""
        return self.call(
            models.UndoReport, "POST", self.path("/api/v1/imports/{id}/undo", id), query={"dry_run": dry_run}
        )

    def list_export_formats(self) -> tuple[models.ExportFormatItem, ...]:
        """List the formats of exports and reports."""
        return self.call(tuple[models.ExportFormatItem, ...], "GET", "/api/v1/exports")

    def download_export(
        self,
        format: str,
        to: Path | str,
        *,
        kinds: str | None = None,
        filter: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        report: str | None = None,
    ) -> Path:
        """Download an export or a report."""
        return self.download(
            self.path("/api/v1/exports/{format}", format),
            to,
            query={
                "kinds": kinds,
                "filter": filter,
                "as_of": as_of,
                "everything": everything,
                "report": report,
            },
        )

    def read_export_report(self, report: str) -> models.ExportReportItem:
        """Tell what an export held that the caller downloaded to its end, within a day."""
        return self.call(
            models.ExportReportItem, "GET", self.path("/api/v1/exports/reports/{report}", report)
        )

    def download_file(self, path: str, to: Path | str) -> Path:
        """Download a file."""
        return self.download(self.path("/api/v1/files/{path}/content", path), to)

    def delete_file(self, path: str, *, why: str | None = None) -> models.FileRecord:
        """Let go of a file; history keeps that it was there, and its digest."""
        return self.call(
            models.FileRecord, "DELETE", self.path("/api/v1/files/{path}", path), query={"why": why}
        )

    def list_integration_types(self) -> tuple[models.TypeItem, ...]:
        """List the types of integrations with their options."""
        return self.call(tuple[models.TypeItem, ...], "GET", "/api/v1/integrationtypes")

    def set_integration(
        self,
        label: str,
        *,
        type: str,
        address: str | UnsetType = UNSET,
        enabled: bool | UnsetType = UNSET,
        every_minutes: int | UnsetType = UNSET,
        options: dict[str, str] | UnsetType = UNSET,
        secret: str | UnsetType = UNSET,
    ) -> models.IntegrationRecord:
        """Set an integration, whole but for its secret."""
        return self.call(
            models.IntegrationRecord,
            "PUT",
            self.path("/api/v1/integrations/{label}", label),
            body={
                "type": type,
                "address": address,
                "options": options,
                "secret": secret,
                "every_minutes": every_minutes,
                "enabled": enabled,
            },
        )

    def read_integration(self, label: str) -> models.IntegrationRecord:
        """Show an integration, and what became of its last run."""
        return self.call(models.IntegrationRecord, "GET", self.path("/api/v1/integrations/{label}", label))

    def end_integration(self, label: str) -> models.IntegrationRecord:
        """Take an integration out of force, and forget its secret; history keeps the rest."""
        return self.call(models.IntegrationRecord, "DELETE", self.path("/api/v1/integrations/{label}", label))

    def test_integration(self, label: str) -> models.TestResult:
        """Ask the other system whether it knows us; change nothing."""
        return self.call(models.TestResult, "POST", self.path("/api/v1/integrations/{label}/test", label))

    def run_integration(self, label: str) -> models.Ordered:
        """Have an integration run by a worker; its record then tells what came of it."""
        return self.call(models.Ordered, "POST", self.path("/api/v1/integrations/{label}/run", label))

    def receive_hook(
        self,
        organisation: str,
        label: str,
        content: Upload,
        *,
        file: str | None = None,
        chariot_timestamp: str | None = None,
        chariot_signature: str | None = None,
    ) -> models.Received:
        """Take in a file that another system sends, and import it."""
        return self.call(
            models.Received,
            "POST",
            self.path("/api/v1/hooks/{organisation}/{label}", organisation, label),
            query={"file": file},
            headers={"chariot-timestamp": chariot_timestamp, "chariot-signature": chariot_signature},
            content=content,
        )

    def list_queues(self) -> tuple[models.QueueItem, ...]:
        """List the queues."""
        return self.call(tuple[models.QueueItem, ...], "GET", "/api/v1/queues")

    def list_dead_letters(
        self, *, queue: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Pages[models.DeadLetterItem]:
        """List dead letters, newest first."""
        return self.pages(
            models.DeadLetterItem,
            "/api/v1/queues/dead-letters",
            query={"queue": queue, "limit": limit, "cursor": cursor},
        )

    def replay_dead_letters(
        self, *, numbers: list[str], idempotency_key: str | None = None
    ) -> models.Replayed:
        """Put dead letters back at the end of their queues, with all their tries."""
        return self.call(
            models.Replayed,
            "POST",
            "/api/v1/queues/dead-letters/replay",
            body={"numbers": numbers},
            repeatable=idempotency_key or True,
        )

    def read_session(self) -> models.SessionItem:
        """Tell who the caller is and what they may do."""
        return self.call(models.SessionItem, "GET", "/api/v1/session")

    def end_session(self) -> models.Ended:
        """End the session that asks: its token is refused from now on. A token of an issuer is refused as well."""
        return self.call(models.Ended, "DELETE", "/api/v1/session")

    def list_sessions(self, *, everybody: bool | None = None) -> Pages[models.LiveSession]:
        """List the sessions that last, the newest first: the caller's own, or those of the organisation."""
        return self.pages(models.LiveSession, "/api/v1/sessions", query={"everybody": everybody})

    def end_sessions(self, *, subject: str | None = None) -> models.Ended:
        """End all sessions of the caller, or of somebody else, and all tokens that an issuer gave them so far."""
        return self.call(models.Ended, "DELETE", "/api/v1/sessions", query={"subject": subject})

    def end_one_session(self, id: str) -> models.Ended:
        """End one session of the caller, or, with `users:write`, of the organisation."""
        return self.call(models.Ended, "DELETE", self.path("/api/v1/sessions/{id}", id))

    def read_ways(self) -> models.Ways:
        """Tell how people sign in here."""
        return self.call(models.Ways, "GET", "/api/v1/signin")

    def sign_in_by_password(
        self, *, password: str, user: str, code: str | UnsetType = UNSET, cookie: bool | UnsetType = UNSET
    ) -> models.SignedIn:
        """Sign in with an account of this installation; where a second factor is needed, `needs` names it."""
        return self.call(
            models.SignedIn,
            "POST",
            "/api/v1/signin/password",
            body={"user": user, "password": password, "code": code, "cookie": cookie},
        )

    def sign_in_by_invitation(
        self, *, code: str, password: str, user: str, cookie: bool | UnsetType = UNSET
    ) -> models.SignedIn:
        """Set a password by the code of an invitation, which holds once, and sign in."""
        return self.call(
            models.SignedIn,
            "POST",
            "/api/v1/signin/invitation",
            body={"user": user, "code": code, "password": password, "cookie": cookie},
        )

    def challenge_passkey(self) -> models.Challenge:
        """Give what a browser asks any passkey of this address."""
        return self.call(models.Challenge, "POST", "/api/v1/signin/passkey/challenge")

    def sign_in_by_passkey(
        self, *, answer: dict[str, Any], state: str, cookie: bool | UnsetType = UNSET
    ) -> models.SignedIn:
        """Sign in by a passkey, which counts as two factors."""
        return self.call(
            models.SignedIn,
            "POST",
            "/api/v1/signin/passkey",
            body={"state": state, "answer": answer, "cookie": cookie},
        )

    def begin_at_issuer(self, *, issuer: str) -> str:
        """Send a browser to an issuer to sign in there: authorization code with PKCE."""
        return self.text("GET", "/api/v1/session/begin", query={"issuer": issuer})

    def finish_at_issuer(
        self,
        *,
        code: str | None = None,
        state: str | None = None,
        error: str | None = None,
        iss: str | None = None,
    ) -> str:
        """Take a browser back from an issuer, and begin its session; the dashboard says what went wrong."""
        return self.text(
            "GET",
            "/api/v1/session/callback",
            query={"code": code, "state": state, "error": error, "iss": iss},
        )

    def begin_device(self) -> models.DeviceCode:
        """Begin to sign a program in; show `user_code` and `verification_uri` to a person, and ask for the token."""
        return self.call(models.DeviceCode, "POST", "/api/v1/device")

    def read_device(self, *, user_code: str) -> models.LiveSession:
        """Tell where the program with a code asks from, so that a person can tell whether it is theirs."""
        return self.call(models.LiveSession, "GET", "/api/v1/device", query={"user_code": user_code})

    def collect_device(self, *, device_code: str) -> models.SignedIn:
        """Give the token of a program that was approved; before that `needs` says `approval`."""
        return self.call(models.SignedIn, "POST", "/api/v1/device/token", body={"device_code": device_code})

    def approve_device(self, *, user_code: str, approved: bool | UnsetType = UNSET) -> models.LiveSession:
        """Let the program with a code act for the caller, or send it away."""
        return self.call(
            models.LiveSession,
            "POST",
            "/api/v1/device/approval",
            body={"user_code": user_code, "approved": approved},
        )

    def read_account(self) -> models.Account:
        """Tell what is set up in the caller's own account."""
        return self.call(models.Account, "GET", "/api/v1/account")

    def set_password(self, *, new_password: str, password: str) -> models.Account:
        """Set another password: 15 characters, or 8 beside a second factor. All other sessions end."""
        return self.call(
            models.Account,
            "PUT",
            "/api/v1/account/password",
            body={"password": password, "new_password": new_password},
        )

    def begin_code(self, *, password: str) -> models.NewCode:
        """Begin to add an authenticator; it counts once a code of it is confirmed."""
        return self.call(models.NewCode, "POST", "/api/v1/account/code", body={"password": password})

    def finish_code(self, *, code: str) -> models.RecoveryCodes:
        """Add the authenticator that was begun; gives codes to keep on paper."""
        return self.call(
            models.RecoveryCodes, "POST", "/api/v1/account/code/confirmation", body={"code": code}
        )

    def remove_code(self, *, password: str) -> models.Account:
        """Take the authenticator away."""
        return self.call(models.Account, "POST", "/api/v1/account/code/removal", body={"password": password})

    def begin_passkey(self, *, password: str) -> models.Challenge:
        """Give what a browser makes a passkey by."""
        return self.call(
            models.Challenge, "POST", "/api/v1/account/passkeys/challenge", body={"password": password}
        )

    def add_passkey(self, *, answer: dict[str, Any], label: str, state: str) -> models.Account:
        """Add a passkey."""
        return self.call(
            models.Account,
            "POST",
            "/api/v1/account/passkeys",
            body={"state": state, "answer": answer, "label": label},
        )

    def remove_passkey(self, *, label: str, password: str) -> models.Account:
        """Take a passkey away."""
        return self.call(
            models.Account,
            "POST",
            "/api/v1/account/passkeys/removal",
            body={"password": password, "label": label},
        )

    def list_users(self, *, limit: int | None = None, cursor: str | None = None) -> Pages[models.Account]:
        """List the accounts of the organisation by name."""
        return self.pages(models.Account, "/api/v1/users", query={"limit": limit, "cursor": cursor})

    def add_user(
        self,
        *,
        user: str,
        label: str | UnsetType = UNSET,
        roles: list[str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.Invited:
        """Make an account in the organisation; its owner sets the password by the code that comes back."""
        return self.call(
            models.Invited,
            "POST",
            "/api/v1/users",
            body={"user": user, "label": label, "roles": roles},
            repeatable=idempotency_key or True,
        )

    def read_user(self, user: str) -> models.Account:
        """Give one account of the organisation."""
        return self.call(models.Account, "GET", self.path("/api/v1/users/{user}", user))

    def change_user(
        self,
        user: str,
        *,
        label: str | UnsetType = UNSET,
        roles: list[str] | UnsetType = UNSET,
        suspended: bool | UnsetType = UNSET,
        why: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.Account:
        """Change what is stated of an account."""
        return self.call(
            models.Account,
            "PATCH",
            self.path("/api/v1/users/{user}", user),
            body={"label": label, "roles": roles, "suspended": suspended, "why": why},
            repeatable=idempotency_key or True,
        )

    def remove_user(self, user: str, *, why: str | None = None) -> models.Account:
        """End an account for good, with its sessions."""
        return self.call(
            models.Account, "DELETE", self.path("/api/v1/users/{user}", user), query={"why": why}
        )

    def invite_user(self, user: str) -> models.Invited:
        """Give a code by which the owner of an account, who may do no more than the caller, sets a new password."""
        return self.call(models.Invited, "POST", self.path("/api/v1/users/{user}/invitation", user))

    def remove_factors(self, user: str) -> models.Account:
        """Take password and second factors from somebody who lost them, and may do no more than the caller."""
        return self.call(models.Account, "DELETE", self.path("/api/v1/users/{user}/factors", user))

    def match_names(self, *, names: list[str]) -> models.Matches:
        """Tell which vulnerabilities affect each CPE name or package URL, or may, and why. Nothing is kept of it."""
        return self.call(models.Matches, "POST", "/api/v1/intelligence/matches", body={"names": names})

    def list_capabilities(self) -> tuple[models.Described, ...]:
        """List the scanners that are installed."""
        return self.call(tuple[models.Described, ...], "GET", "/api/v1/capabilities")

    def read_intelligence(self) -> models.IntelligenceStatus:
        """Tell which feeds of vulnerabilities are loaded, and of when."""
        return self.call(models.IntelligenceStatus, "GET", "/api/v1/intelligence")

    def read_problem(self, name: str) -> models.ProblemItem:
        """Tell what a problem type means and what to do about it."""
        return self.call(models.ProblemItem, "GET", self.path("/api/v1/problems/{name}", name))

    def list_kinds(self) -> tuple[models.KindItem, ...]:
        """List the kinds of entities, with their fields, filters and sorts."""
        return self.call(tuple[models.KindItem, ...], "GET", "/api/v1/kinds")

    def list_relationship_types(self) -> tuple[models.RelationshipItem, ...]:
        """List the types of relationships, with the kinds that they join."""
        return self.call(tuple[models.RelationshipItem, ...], "GET", "/api/v1/relationship-types")

    def read_live(self) -> models.Live:
        """Tell that the process answers."""
        return self.bare(models.Live, "GET", "/health/live")

    def read_ready(self) -> models.Ready:
        """Tell whether the server can do its work: 200 when it can, 503 with the reasons when it cannot."""
        return self.bare(models.Ready, "GET", "/health/ready")

    def read_metrics(self) -> str:
        """Give metrics in Prometheus's text format, the surface's as the caller's organisation sees it."""
        return self.text("GET", "/metrics")

    def read_openapi(self) -> dict[str, Any]:
        """Give this description."""
        return self.bare(dict[str, Any], "GET", "/api/v1/openapi.json")


class AsyncOperations(AsyncCalls):
    """What the server does, awaited."""

    def list_seeds(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.SeedRecord]:
        """List seeds."""
        return self.pages(
            models.SeedRecord,
            "/api/v1/seeds",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    async def add_seeds(
        self,
        *,
        seeds: list[models.SeedItem],
        why: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> tuple[models.SeedRecord, ...]:
        """Add seeds: all of them or none."""
        return await self.call(
            tuple[models.SeedRecord, ...],
            "POST",
            "/api/v1/seeds",
            body={"seeds": seeds, "why": why},
            repeatable=idempotency_key or True,
        )

    def list_domains(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.DomainRecord]:
        """List domains."""
        return self.pages(
            models.DomainRecord,
            "/api/v1/domains",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_addresses(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.AddressRecord]:
        """List addresses."""
        return self.pages(
            models.AddressRecord,
            "/api/v1/addresses",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_netblocks(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.NetblockRecord]:
        """List netblocks."""
        return self.pages(
            models.NetblockRecord,
            "/api/v1/netblocks",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_dnsrecords(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.DnsRecordRecord]:
        """List dnsrecords."""
        return self.pages(
            models.DnsRecordRecord,
            "/api/v1/dnsrecords",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_certificates(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.CertificateRecord]:
        """List certificates."""
        return self.pages(
            models.CertificateRecord,
            "/api/v1/certificates",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_ports(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.PortRecord]:
        """List ports."""
        return self.pages(
            models.PortRecord,
            "/api/v1/ports",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_webapplications(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.WebApplicationRecord]:
        """List webapplications."""
        return self.pages(
            models.WebApplicationRecord,
            "/api/v1/webapplications",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_technologies(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.TechnologyRecord]:
        """List technologies."""
        return self.pages(
            models.TechnologyRecord,
            "/api/v1/technologies",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_vulnerabilities(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.VulnerabilityRecord]:
        """List vulnerabilities."""
        return self.pages(
            models.VulnerabilityRecord,
            "/api/v1/vulnerabilities",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_risks(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.RiskRecord]:
        """List risks."""
        return self.pages(
            models.RiskRecord,
            "/api/v1/risks",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_attributes(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.AttributeRecord]:
        """List attributes."""
        return self.pages(
            models.AttributeRecord,
            "/api/v1/attributes",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_credentials(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.CredentialRecord]:
        """List credentials."""
        return self.pages(
            models.CredentialRecord,
            "/api/v1/credentials",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_files(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.FileRecord]:
        """List files."""
        return self.pages(
            models.FileRecord,
            "/api/v1/files",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    async def keep_file(
        self, content: Upload, *, path: str, media_type: str | None = None
    ) -> models.FileRecord:
        """Keep a file."""
        return await self.call(
            models.FileRecord,
            "POST",
            "/api/v1/files",
            query={"path": path, "media_type": media_type},
            content=content,
        )

    def list_jobs(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.JobRecord]:
        """List jobs."""
        return self.pages(
            models.JobRecord,
            "/api/v1/jobs",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_scans(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.ScanRecord]:
        """List scans."""
        return self.pages(
            models.ScanRecord,
            "/api/v1/scans",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    async def start_scan(
        self,
        *,
        deny: list[str] | UnsetType = UNSET,
        depth: str | UnsetType | None = UNSET,
        due_only: bool | UnsetType = UNSET,
        seeds: list[str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.ScanStarted:
        """Order a scan."""
        return await self.call(
            models.ScanStarted,
            "POST",
            "/api/v1/scans",
            body={"seeds": seeds, "deny": deny, "depth": depth, "due_only": due_only},
            repeatable=idempotency_key or True,
        )

    def list_alertrules(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.AlertRuleRecord]:
        """List alertrules."""
        return self.pages(
            models.AlertRuleRecord,
            "/api/v1/alertrules",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_settings(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.SettingRecord]:
        """List settings."""
        return self.pages(
            models.SettingRecord,
            "/api/v1/settings",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_imports(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.ImportRecord]:
        """List imports."""
        return self.pages(
            models.ImportRecord,
            "/api/v1/imports",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    async def import_file(
        self,
        content: Upload,
        *,
        file: str | None = None,
        format: str | None = None,
        map: str | None = None,
        complete: bool | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportJobView:
        """Import a file of another tool."""
        return await self.call(
            models.ImportJobView,
            "POST",
            "/api/v1/imports",
            query={"file": file, "format": format, "map": map, "complete": complete, "dry_run": dry_run},
            content=content,
            repeatable=idempotency_key or True,
        )

    def list_importpages(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.ImportPageRecord]:
        """List importpages."""
        return self.pages(
            models.ImportPageRecord,
            "/api/v1/importpages",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_comments(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.CommentRecord]:
        """List comments."""
        return self.pages(
            models.CommentRecord,
            "/api/v1/comments",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_apikeys(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.ApiKeyRecord]:
        """List apikeys."""
        return self.pages(
            models.ApiKeyRecord,
            "/api/v1/apikeys",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_importjobs(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.ImportJobRecord]:
        """List importjobs."""
        return self.pages(
            models.ImportJobRecord,
            "/api/v1/importjobs",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_integrations(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.IntegrationRecord]:
        """List integrations."""
        return self.pages(
            models.IntegrationRecord,
            "/api/v1/integrations",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_tickets(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.TicketRecord]:
        """List tickets."""
        return self.pages(
            models.TicketRecord,
            "/api/v1/tickets",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_incidents(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.IncidentRecord]:
        """List incidents."""
        return self.pages(
            models.IncidentRecord,
            "/api/v1/incidents",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_candidates(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.CandidateRecord]:
        """List candidates."""
        return self.pages(
            models.CandidateRecord,
            "/api/v1/candidates",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_contracts(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.ContractRecord]:
        """List contracts."""
        return self.pages(
            models.ContractRecord,
            "/api/v1/contracts",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_roles(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.RoleRecord]:
        """List roles."""
        return self.pages(
            models.RoleRecord,
            "/api/v1/roles",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_members(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.MemberRecord]:
        """List members."""
        return self.pages(
            models.MemberRecord,
            "/api/v1/members",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_assets(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.EntityRecord]:
        """List assets."""
        return self.pages(
            models.EntityRecord,
            "/api/v1/assets",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    def list_findings(
        self,
        *,
        filter: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        fields: str | None = None,
    ) -> AsyncPages[models.RiskRecord]:
        """List findings."""
        return self.pages(
            models.RiskRecord,
            "/api/v1/findings",
            query={
                "filter": filter,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "as_of": as_of,
                "everything": everything,
                "fields": fields,
            },
        )

    async def read_entity(
        self, key: str, *, as_of: datetime | str | None = None, fields: str | None = None
    ) -> models.EntityRecord:
        """Read one entity."""
        return await self.call(
            models.EntityRecord,
            "GET",
            self.path("/api/v1/entities/{key}", key),
            query={"as_of": as_of, "fields": fields},
        )

    async def change_entity(
        self,
        key: str,
        *,
        status: str | UnsetType = UNSET,
        tags: dict[str, str | None] | UnsetType = UNSET,
        why: str | UnsetType = UNSET,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.EntityRecord:
        """Change an entity's tags or status."""
        return await self.call(
            models.EntityRecord,
            "PATCH",
            self.path("/api/v1/entities/{key}", key),
            headers={"if-match": if_match},
            body={"status": status, "tags": tags, "why": why},
            repeatable=idempotency_key or True,
        )

    def list_relationships(
        self,
        key: str,
        *,
        direction: str | None = None,
        type: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: datetime | str | None = None,
    ) -> AsyncPages[models.Edge]:
        """List the relationships of an entity."""
        return self.pages(
            models.Edge,
            self.path("/api/v1/entities/{key}/relationships", key),
            query={"direction": direction, "type": type, "limit": limit, "cursor": cursor, "as_of": as_of},
        )

    def list_versions(
        self, key: str, *, limit: int | None = None, cursor: str | None = None
    ) -> AsyncPages[models.VersionItem]:
        """List the versions of an entity, newest first."""
        return self.pages(
            models.VersionItem,
            self.path("/api/v1/entities/{key}/versions", key),
            query={"limit": limit, "cursor": cursor},
        )

    def list_comments_about(
        self, key: str, *, limit: int | None = None, cursor: str | None = None
    ) -> AsyncPages[models.CommentRecord]:
        """List what was said about an entity, the oldest first."""
        return self.pages(
            models.CommentRecord,
            self.path("/api/v1/entities/{key}/comments", key),
            query={"limit": limit, "cursor": cursor},
        )

    async def add_comment(
        self, key: str, *, text: str, idempotency_key: str | None = None
    ) -> models.CommentRecord:
        """Say something about an entity. It stays as it was said."""
        return await self.call(
            models.CommentRecord,
            "POST",
            self.path("/api/v1/entities/{key}/comments", key),
            body={"text": text},
            repeatable=idempotency_key or True,
        )

    def list_changes(
        self, *, after: int | None = None, limit: int | None = None
    ) -> AsyncPages[models.Change]:
        """List what changed, in the order in which it happened."""
        return self.pages(models.Change, "/api/v1/changes", query={"after": after, "limit": limit})

    def read_diff(
        self,
        *,
        since: datetime | str,
        until: datetime | str | None = None,
        kind: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[models.DifferenceItem]:
        """Tell how the surface at one moment differs from that at another."""
        return self.pages(
            models.DifferenceItem,
            "/api/v1/diff",
            query={"since": since, "until": until, "kind": kind, "limit": limit, "cursor": cursor},
        )

    async def read_statistics(self) -> models.Statistics:
        """Count what there is."""
        return await self.call(models.Statistics, "GET", "/api/v1/statistics")

    async def read_risk_statistics(self) -> models.RiskStatistics:
        """Count the unresolved risks by decision, by severity, and by how long they have been known."""
        return await self.call(models.RiskStatistics, "GET", "/api/v1/statistics/risks")

    async def read_series(
        self,
        *,
        kind: str | None = None,
        by: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        interval: str | None = None,
    ) -> models.Series:
        """Count over time what was on the surface, by kind or by one field."""
        return await self.call(
            models.Series,
            "GET",
            "/api/v1/statistics/series",
            query={"kind": kind, "by": by, "since": since, "until": until, "interval": interval},
        )

    async def write_observations(
        self,
        *,
        capability: str,
        seen_at: datetime,
        entities: list[dict[str, Any]] | UnsetType = UNSET,
        relationships: list[models.Relationship] | UnsetType = UNSET,
        source: str | UnsetType = UNSET,
        surface: str | UnsetType = UNSET,
        tags: dict[str, str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.Applied:
        """Write what was seen."""
        return await self.call(
            models.Applied,
            "POST",
            "/api/v1/observations",
            body={
                "capability": capability,
                "seen_at": seen_at,
                "entities": entities,
                "relationships": relationships,
                "source": source,
                "surface": surface,
                "tags": tags,
            },
            repeatable=idempotency_key or True,
        )

    async def expire_entities(self, *, idempotency_key: str | None = None) -> models.Applied:
        """Let what nobody confirmed in its time turn stale, and then leave the surface. The clock does so by itself."""
        return await self.call(models.Applied, "POST", "/api/v1/expiry", repeatable=idempotency_key or True)

    async def exclude_seed(
        self,
        value: str,
        *,
        why: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SeedRecord:
        """Exclude a seed."""
        return await self.call(
            models.SeedRecord,
            "DELETE",
            self.path("/api/v1/seeds/{value}", value),
            query={"why": why},
            headers={"if-match": if_match},
            repeatable=idempotency_key or True,
        )

    async def decide_candidate(
        self, key: str, *, standing: str, reason: str | UnsetType = UNSET, idempotency_key: str | None = None
    ) -> models.CandidateRecord:
        """Decide whose a candidate is."""
        return await self.call(
            models.CandidateRecord,
            "POST",
            self.path("/api/v1/candidates/{key}/decision", key),
            body={"standing": standing, "reason": reason},
            repeatable=idempotency_key or True,
        )

    async def get_inventory_state(self, key: str) -> models.InventoryState:
        """Tell whose an entity is and why, and whether it is still seen."""
        return await self.call(models.InventoryState, "GET", self.path("/api/v1/inventory/{key}", key))

    async def group_risks(
        self, *, filter: str | None = None, by: str | None = None, limit: int | None = None
    ) -> models.RiskGroups:
        """Gather the unresolved risks by weakness or by target: how many there are, how bad, how many are overdue."""
        return await self.call(
            models.RiskGroups,
            "GET",
            "/api/v1/risks/groups",
            query={"filter": filter, "by": by, "limit": limit},
        )

    async def explain_risk(self, key: str, *, since: datetime | str | None = None) -> models.ExplanationItem:
        """Explain the score of a risk: each factor, what was known, and what it added; and what changed since when."""
        return await self.call(
            models.ExplanationItem,
            "GET",
            self.path("/api/v1/risks/{key}/explanation", key),
            query={"since": since},
        )

    async def transition_risk(
        self,
        key: str,
        *,
        state: str,
        due_at: datetime | UnsetType | None = UNSET,
        owner: str | UnsetType | None = UNSET,
        reason: str | UnsetType = UNSET,
        until: datetime | str | UnsetType | None = UNSET,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RiskRecord:
        """Move a risk to another state."""
        return await self.call(
            models.RiskRecord,
            "POST",
            self.path("/api/v1/risks/{key}/transition", key),
            headers={"if-match": if_match},
            body={"state": state, "reason": reason, "until": until, "owner": owner, "due_at": due_at},
            repeatable=idempotency_key or True,
        )

    async def assign_risk(
        self,
        key: str,
        *,
        due_at: datetime | UnsetType | None = UNSET,
        owner: str | UnsetType = UNSET,
        why: str | UnsetType = UNSET,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RiskRecord:
        """Say who mends a risk, and until when."""
        return await self.call(
            models.RiskRecord,
            "PATCH",
            self.path("/api/v1/risks/{key}", key),
            headers={"if-match": if_match},
            body={"owner": owner, "due_at": due_at, "why": why},
            repeatable=idempotency_key or True,
        )

    async def move_risks(
        self,
        *,
        keys: list[str],
        state: str,
        due_at: datetime | UnsetType | None = UNSET,
        owner: str | UnsetType | None = UNSET,
        reason: str | UnsetType = UNSET,
        until: datetime | str | UnsetType | None = UNSET,
        idempotency_key: str | None = None,
    ) -> tuple[models.Moved, ...]:
        """Move up to 500 risks to another state, each by itself: one that cannot be moved hinders no other."""
        return await self.call(
            tuple[models.Moved, ...],
            "POST",
            "/api/v1/risks/bulk",
            body={
                "keys": keys,
                "state": state,
                "reason": reason,
                "until": until,
                "owner": owner,
                "due_at": due_at,
            },
            repeatable=idempotency_key or True,
        )

    async def attack_paths(
        self,
        *,
        target: str | None = None,
        k: int | None = None,
        limit: int | None = None,
        as_of: datetime | str | None = None,
    ) -> models.AttackPaths:
        """Show how somebody would come from the internet to what matters."""
        return await self.call(
            models.AttackPaths,
            "GET",
            "/api/v1/graph/paths",
            query={"target": target, "k": k, "limit": limit, "as_of": as_of},
        )

    async def fix_plan(
        self, *, steps: int | None = None, as_of: datetime | str | None = None
    ) -> models.FixPlan:
        """Show which few fixes close most attack paths, and the smallest set that closes all."""
        return await self.call(
            models.FixPlan, "GET", "/api/v1/graph/fix-plan", query={"steps": steps, "as_of": as_of}
        )

    async def blast_radius(
        self, key: str, *, limit: int | None = None, as_of: datetime | str | None = None
    ) -> models.Blast:
        """Show what falls with one asset: everything that its holder could come to."""
        return await self.call(
            models.Blast,
            "GET",
            self.path("/api/v1/graph/entities/{key}/blast-radius", key),
            query={"limit": limit, "as_of": as_of},
        )

    async def neighbourhood(
        self,
        key: str,
        *,
        hops: int | None = None,
        limit: int | None = None,
        as_of: datetime | str | None = None,
    ) -> models.Neighbourhood:
        """Show what stands around an entity, nearest first, and the relationships between."""
        return await self.call(
            models.Neighbourhood,
            "GET",
            self.path("/api/v1/graph/entities/{key}/neighbourhood", key),
            query={"hops": hops, "limit": limit, "as_of": as_of},
        )

    async def graph_position(self, key: str) -> models.Position:
        """Show where an asset stands on attack paths: how likely somebody gets there, and how far from there."""
        return await self.call(
            models.Position, "GET", self.path("/api/v1/graph/entities/{key}/position", key)
        )

    async def keystones(
        self, *, limit: int | None = None, as_of: datetime | str | None = None
    ) -> tuple[models.Keystone, ...]:
        """Show the entities through which alone most others are known."""
        return await self.call(
            tuple[models.Keystone, ...],
            "GET",
            "/api/v1/graph/keystones",
            query={"limit": limit, "as_of": as_of},
        )

    async def prune_preview(
        self, *, keys: list[str], as_of: str | UnsetType = UNSET, limit: int | UnsetType = UNSET
    ) -> models.Pruned:
        """Show what would leave the surface if seeds or assets were excluded; nothing is changed."""
        return await self.call(
            models.Pruned,
            "POST",
            "/api/v1/graph/prune-preview",
            body={"keys": keys, "limit": limit, "as_of": as_of},
        )

    async def ask_graphql(
        self,
        *,
        extensions: models.Extensions | UnsetType | None = UNSET,
        operationName: str | UnsetType | None = UNSET,
        query: str | UnsetType | None = UNSET,
        variables: dict[str, Any] | UnsetType | None = UNSET,
    ) -> models.GraphqlAnswer:
        """Ask in GraphQL, for just what is needed."""
        return await self.bare(
            models.GraphqlAnswer,
            "POST",
            "/api/v1/graphql",
            body={
                "query": query,
                "variables": variables,
                "operationName": operationName,
                "extensions": extensions,
            },
        )

    async def read_scope_outline(self) -> models.Outline:
        """Tell the seeds in force, whether everything is stopped, and with which key contracts are signed here."""
        return await self.call(models.Outline, "GET", "/api/v1/scope/outline")

    async def list_scope_contracts(self) -> tuple[models.ContractItem, ...]:
        """List who authorised what, also what was withdrawn or has ended."""
        return await self.call(tuple[models.ContractItem, ...], "GET", "/api/v1/scope/contracts")

    async def sign_contract(
        self,
        *,
        allow: list[str],
        authorised_by: str,
        id: str,
        valid_until: str,
        deny: list[str] | UnsetType = UNSET,
        packets_per_s: int | UnsetType = UNSET,
        purpose: str | UnsetType = UNSET,
        touch: list[str] | UnsetType = UNSET,
        valid_from: datetime | UnsetType | None = UNSET,
        windows: list[str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.ContractItem:
        """Sign a contract and put it in force: from the first one on, what no contract allows is refused."""
        return await self.call(
            models.ContractItem,
            "POST",
            "/api/v1/scope/contracts",
            body={
                "id": id,
                "authorised_by": authorised_by,
                "purpose": purpose,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "allow": allow,
                "deny": deny,
                "windows": windows,
                "packets_per_s": packets_per_s,
                "touch": touch,
            },
            repeatable=idempotency_key or True,
        )

    async def read_contract(self, contract: str) -> models.ContractItem:
        """Tell what a contract says and whether it counts."""
        return await self.call(
            models.ContractItem, "GET", self.path("/api/v1/scope/contracts/{contract}", contract)
        )

    async def read_contract_document(self, contract: str) -> models.Document:
        """Give a contract with its signature as a file, for an archive or another installation."""
        return await self.bare(
            models.Document, "GET", self.path("/api/v1/scope/contracts/{contract}/document", contract)
        )

    async def take_in_contract(
        self,
        *,
        form: str,
        organisation: str,
        signature: str,
        signing_key: str,
        terms: dict[str, Any],
        idempotency_key: str | None = None,
    ) -> models.ContractItem:
        """Put a contract in force that was signed elsewhere, by a key that is trusted here."""
        return await self.call(
            models.ContractItem,
            "POST",
            "/api/v1/scope/contracts/documents",
            body={
                "form": form,
                "organisation": organisation,
                "terms": terms,
                "signing_key": signing_key,
                "signature": signature,
            },
            repeatable=idempotency_key or True,
        )

    async def verify_contract(
        self, *, form: str, organisation: str, signature: str, signing_key: str, terms: dict[str, Any]
    ) -> models.ContractFault:
        """Tell whether a contract is as it was signed, by a key that is trusted here; nothing is kept of it."""
        return await self.call(
            models.ContractFault,
            "POST",
            "/api/v1/scope/contracts/verification",
            body={
                "form": form,
                "organisation": organisation,
                "terms": terms,
                "signing_key": signing_key,
                "signature": signature,
            },
        )

    async def withdraw_contract(
        self, contract: str, *, why: str | None = None, idempotency_key: str | None = None
    ) -> models.ContractItem:
        """Let a contract count no more: what it alone allowed is refused from now on."""
        return await self.call(
            models.ContractItem,
            "POST",
            self.path("/api/v1/scope/contracts/{contract}/withdraw", contract),
            query={"why": why},
            repeatable=idempotency_key or True,
        )

    async def list_sent(
        self, *, after: int | None = None, limit: int | None = None, address: str | None = None
    ) -> tuple[models.JournalLine, ...]:
        """List what was sent to whom, when, why and by whose word, the oldest first."""
        return await self.call(
            tuple[models.JournalLine, ...],
            "GET",
            "/api/v1/scope/journal",
            query={"after": after, "limit": limit, "address": address},
        )

    async def preview_scope(
        self, *, drop: list[str] | UnsetType = UNSET, put: list[models.ScopedSeed] | UnsetType = UNSET
    ) -> models.ScopePreview:
        """Tell what of the things that are known a change of seeds would bring into scope, and what would fall out."""
        return await self.call(
            models.ScopePreview, "POST", "/api/v1/scope/preview", body={"put": put, "drop": drop}
        )

    async def read_journal_head(self) -> models.JournalHead:
        """Tell where the journal begins and ends."""
        return await self.call(models.JournalHead, "GET", "/api/v1/scope/journal/head")

    async def download_journal(self, to: Path | str, *, address: str | None = None) -> Path:
        """Download what was sent, for an abuse desk: each line with its place in the chain, and last a signed seal."""
        return await self.download("/api/v1/scope/journal/export", to, query={"address": address})

    async def verify_journal(self) -> models.JournalState:
        """Tell whether the whole journal is as it was written."""
        return await self.call(models.JournalState, "GET", "/api/v1/scope/journal/verification")

    async def plan_scan(
        self,
        *,
        deny: list[str] | UnsetType = UNSET,
        depth: str | UnsetType | None = UNSET,
        due_only: bool | UnsetType = UNSET,
        seeds: list[str] | UnsetType = UNSET,
    ) -> models.Plan:
        """Tell what a scan would do: targets, packets and time of each capability. Nothing is sent for that."""
        return await self.call(
            models.Plan,
            "POST",
            "/api/v1/scans/plan",
            body={"seeds": seeds, "deny": deny, "depth": depth, "due_only": due_only},
        )

    async def read_progress(self) -> models.ScanState:
        """Tell how far discovery is."""
        return await self.call(models.ScanState, "GET", "/api/v1/scans/current")

    async def stop_scans(self, *, reason: str, idempotency_key: str | None = None) -> models.ScanState:
        """Stop all that is sent, at once; its jobs keep their places."""
        return await self.call(
            models.ScanState,
            "POST",
            "/api/v1/scans/current/stop",
            body={"reason": reason},
            repeatable=idempotency_key or True,
        )

    async def resume_scans(self, *, idempotency_key: str | None = None) -> models.ScanState:
        """Let things be sent again."""
        return await self.call(
            models.ScanState, "POST", "/api/v1/scans/current/resume", repeatable=idempotency_key or True
        )

    async def read_scan(self, scan: str) -> models.ScanItem:
        """Tell how far a scan is, and what it could not look at."""
        return await self.call(models.ScanItem, "GET", self.path("/api/v1/scans/{scan}", scan))

    async def pause_scan(self, scan: str, *, idempotency_key: str | None = None) -> models.ScanItem:
        """Pause a scan."""
        return await self.call(
            models.ScanItem,
            "POST",
            self.path("/api/v1/scans/{scan}/pause", scan),
            repeatable=idempotency_key or True,
        )

    async def resume_scan(self, scan: str, *, idempotency_key: str | None = None) -> models.ScanItem:
        """Let a paused scan go on with what it has not looked at yet."""
        return await self.call(
            models.ScanItem,
            "POST",
            self.path("/api/v1/scans/{scan}/resume", scan),
            repeatable=idempotency_key or True,
        )

    async def cancel_scan(self, scan: str, *, idempotency_key: str | None = None) -> models.ScanItem:
        """Cancel a scan for good."""
        return await self.call(
            models.ScanItem,
            "POST",
            self.path("/api/v1/scans/{scan}/cancel", scan),
            repeatable=idempotency_key or True,
        )

    async def read_scope(self, *, target: str) -> models.ScopeAnswer:
        """Tell whether a target is in scope, and why."""
        return await self.call(models.ScopeAnswer, "GET", "/api/v1/scope", query={"target": target})

    async def put_rule(
        self,
        label: str,
        *,
        channel: str,
        enabled: bool | UnsetType = UNSET,
        known_exploited_only: bool | UnsetType = UNSET,
        minimum_score: int | UnsetType = UNSET,
        overdue_only: bool | UnsetType = UNSET,
        signing_key: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.AlertRuleRecord:
        """Set an alert rule."""
        return await self.call(
            models.AlertRuleRecord,
            "PUT",
            self.path("/api/v1/alertrules/{label}", label),
            body={
                "channel": channel,
                "signing_key": signing_key,
                "minimum_score": minimum_score,
                "known_exploited_only": known_exploited_only,
                "overdue_only": overdue_only,
                "enabled": enabled,
            },
            repeatable=idempotency_key or True,
        )

    async def end_rule(self, label: str, *, idempotency_key: str | None = None) -> models.AlertRuleRecord:
        """Take an alert rule out of force; history keeps it."""
        return await self.call(
            models.AlertRuleRecord,
            "DELETE",
            self.path("/api/v1/alertrules/{label}", label),
            repeatable=idempotency_key or True,
        )

    async def try_rule(self, label: str, *, idempotency_key: str | None = None) -> models.Tried:
        """Send a made-up alert to the channel of a rule, and tell whether it arrived."""
        return await self.call(
            models.Tried,
            "POST",
            self.path("/api/v1/alertrules/{label}/trial", label),
            repeatable=idempotency_key or True,
        )

    def list_deliveries(
        self, label: str, *, limit: int | None = None, cursor: str | None = None
    ) -> AsyncPages[models.JobRecord]:
        """List what became of a rule's alerts, one for each risk, the newest first."""
        return self.pages(
            models.JobRecord,
            self.path("/api/v1/alertrules/{label}/deliveries", label),
            query={"limit": limit, "cursor": cursor},
        )

    def list_audit(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        object: str | None = None,
        address: str | None = None,
        request_id: str | None = None,
        ending: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        installation: bool | None = None,
    ) -> AsyncPages[models.AuditItem]:
        """List entries of the audit log, the newest first."""
        return self.pages(
            models.AuditItem,
            "/api/v1/audit",
            query={
                "actor": actor,
                "action": action,
                "object": object,
                "address": address,
                "request_id": request_id,
                "ending": ending,
                "since": since,
                "until": until,
                "limit": limit,
                "cursor": cursor,
                "installation": installation,
            },
        )

    async def verify_audit(self, *, installation: bool | None = None) -> models.AuditVerification:
        """Read the whole log and tell whether it says what was written."""
        return await self.call(
            models.AuditVerification,
            "GET",
            "/api/v1/audit/verification",
            query={"installation": installation},
        )

    async def verify_audit_against(
        self, *, against: list[models.Signed], installation: bool | None = None
    ) -> models.AuditVerification:
        """Read the whole log and tell whether it also agrees with checkpoints that were kept elsewhere."""
        return await self.call(
            models.AuditVerification,
            "POST",
            "/api/v1/audit/verification",
            query={"installation": installation},
            body={"against": against},
        )

    async def read_audit_key(self) -> models.SigningKey:
        """Tell the public key that signs the log and exports of the journal, for whoever verifies them elsewhere."""
        return await self.call(models.SigningKey, "GET", "/api/v1/audit/key")

    async def make_audit_checkpoint(self, *, installation: bool | None = None) -> models.SignedCheckpoint:
        """Set a checkpoint at the end of the log and give it out, to be kept elsewhere."""
        return await self.call(
            models.SignedCheckpoint, "POST", "/api/v1/audit/checkpoints", query={"installation": installation}
        )

    async def download_audit(self, format: str, to: Path | str, *, installation: bool | None = None) -> Path:
        """Download the log with its proof: entries, checkpoints and, last, the signed head."""
        return await self.download(
            self.path("/api/v1/audit/exports/{format}", format), to, query={"installation": installation}
        )

    async def read_incident_dossier(self, id: str) -> models.IncidentDossier:
        """Read the timeline of an incident and its deadlines."""
        return await self.call(models.IncidentDossier, "GET", self.path("/api/v1/incidents/{id}/dossier", id))

    async def read_incident_report(self, id: str) -> str:
        """Read the report of an incident, with what is still to be filled in."""
        return await self.text("GET", self.path("/api/v1/incidents/{id}/report", id))

    async def read_incident_page(self, id: str) -> str:
        """Download the same report as one HTML page that loads and runs nothing."""
        return await self.text("GET", self.path("/api/v1/incidents/{id}/report/html", id))

    async def move_incident(
        self, id: str, *, state: str, why: str | UnsetType = UNSET, idempotency_key: str | None = None
    ) -> models.IncidentRecord:
        """Say where the handling of an incident stands; to close it takes a reason."""
        return await self.call(
            models.IncidentRecord,
            "POST",
            self.path("/api/v1/incidents/{id}/state", id),
            body={"state": state, "why": why},
            repeatable=idempotency_key or True,
        )

    async def put_incident_regimes(
        self,
        id: str,
        *,
        regimes: list[str],
        aware_at: datetime | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.IncidentRecord:
        """Say by which rules somebody has to be told of an incident; its deadlines follow from them."""
        return await self.call(
            models.IncidentRecord,
            "PUT",
            self.path("/api/v1/incidents/{id}/regimes", id),
            body={"regimes": regimes, "aware_at": aware_at},
            repeatable=idempotency_key or True,
        )

    async def finish_incident_duty(
        self, id: str, duty: str, *, idempotency_key: str | None = None
    ) -> models.IncidentRecord:
        """Say that somebody who had to be told of an incident was told now."""
        return await self.call(
            models.IncidentRecord,
            "POST",
            self.path("/api/v1/incidents/{id}/duties/{duty}", id, duty),
            repeatable=idempotency_key or True,
        )

    async def list_organisations(self) -> tuple[models.OrganisationPlace, ...]:
        """List the organisations that this token may ask for."""
        return await self.call(tuple[models.OrganisationPlace, ...], "GET", "/api/v1/organisations")

    async def create_organisation(
        self,
        *,
        name: str,
        parent: str | UnsetType = UNSET,
        title: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.OrganisationPlace:
        """Create an organisation below this one; the installation's own token also makes some that stand at the top."""
        return await self.call(
            models.OrganisationPlace,
            "POST",
            "/api/v1/organisations",
            body={"name": name, "title": title, "parent": parent},
            repeatable=idempotency_key or True,
        )

    async def change_organisation(
        self,
        name: str,
        *,
        parent: str | UnsetType = UNSET,
        suspended: bool | UnsetType = UNSET,
        title: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.OrganisationPlace:
        """Rename, move or suspend an organisation below this one. Roles from above hold in it wherever it stands."""
        return await self.call(
            models.OrganisationPlace,
            "PATCH",
            self.path("/api/v1/organisations/{name}", name),
            body={"title": title, "parent": parent, "suspended": suspended},
            repeatable=idempotency_key or True,
        )

    async def end_organisation(
        self, name: str, *, idempotency_key: str | None = None
    ) -> models.OrganisationPlace:
        """End an organisation below this one: nobody may do anything in it any more. What it holds stays kept."""
        return await self.call(
            models.OrganisationPlace,
            "DELETE",
            self.path("/api/v1/organisations/{name}", name),
            repeatable=idempotency_key or True,
        )

    async def put_setting(
        self, label: str, *, value: str, idempotency_key: str | None = None
    ) -> models.SettingRecord:
        """Set a setting of the organisation."""
        return await self.call(
            models.SettingRecord,
            "PUT",
            self.path("/api/v1/settings/{label}", label),
            body={"value": value},
            repeatable=idempotency_key or True,
        )

    async def remove_setting(self, label: str, *, idempotency_key: str | None = None) -> models.SettingRecord:
        """Remove a setting: its default holds again."""
        return await self.call(
            models.SettingRecord,
            "DELETE",
            self.path("/api/v1/settings/{label}", label),
            repeatable=idempotency_key or True,
        )

    async def put_role(
        self,
        label: str,
        *,
        permissions: list[str],
        asset_tags: list[str] | UnsetType = UNSET,
        highest_severity: str | UnsetType | None = UNSET,
        kinds: list[str] | UnsetType = UNSET,
        names: list[str] | UnsetType = UNSET,
        netblocks: list[str] | UnsetType = UNSET,
        requests_per_s: int | UnsetType | None = UNSET,
        title: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.RoleRecord:
        """Say what a role allows, here and in all organisations below. Nobody gives what they have not."""
        return await self.call(
            models.RoleRecord,
            "PUT",
            self.path("/api/v1/roles/{label}", label),
            body={
                "title": title,
                "permissions": permissions,
                "kinds": kinds,
                "asset_tags": asset_tags,
                "netblocks": netblocks,
                "names": names,
                "highest_severity": highest_severity,
                "requests_per_s": requests_per_s,
            },
            repeatable=idempotency_key or True,
        )

    async def end_role(self, label: str, *, idempotency_key: str | None = None) -> models.RoleRecord:
        """Take a role back: who had it has it no more, unless it is built in or kept above."""
        return await self.call(
            models.RoleRecord,
            "DELETE",
            self.path("/api/v1/roles/{label}", label),
            repeatable=idempotency_key or True,
        )

    async def put_member(
        self, id: str, *, roles: list[str], label: str | UnsetType = UNSET, idempotency_key: str | None = None
    ) -> models.MemberRecord:
        """Give somebody roles, here and in all organisations below. Nobody gives what they have not."""
        return await self.call(
            models.MemberRecord,
            "PUT",
            self.path("/api/v1/members/{id}", id),
            body={"roles": roles, "label": label},
            repeatable=idempotency_key or True,
        )

    async def end_member(self, id: str, *, idempotency_key: str | None = None) -> models.MemberRecord:
        """Take from somebody all roles that this organisation gave them."""
        return await self.call(
            models.MemberRecord,
            "DELETE",
            self.path("/api/v1/members/{id}", id),
            repeatable=idempotency_key or True,
        )

    async def read_sight(self, id: str) -> models.Sight:
        """Tell what somebody may do here, and what they see."""
        return await self.call(models.Sight, "GET", self.path("/api/v1/members/{id}/sight", id))

    async def make_key(
        self,
        *,
        label: str,
        permissions: list[str],
        expires_at: datetime | UnsetType | None = UNSET,
        networks: list[str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.KeyMade:
        """Make an API key for this organisation. It may do no more than whoever makes it."""
        return await self.call(
            models.KeyMade,
            "POST",
            "/api/v1/keys",
            body={"label": label, "permissions": permissions, "expires_at": expires_at, "networks": networks},
            repeatable=idempotency_key or True,
        )

    async def revoke_key(
        self, id: str, *, why: str | None = None, idempotency_key: str | None = None
    ) -> models.ApiKeyRecord:
        """Take a key back for good: this server refuses it from the next request on, others within two seconds."""
        return await self.call(
            models.ApiKeyRecord,
            "DELETE",
            self.path("/api/v1/keys/{id}", id),
            query={"why": why},
            repeatable=idempotency_key or True,
        )

    async def read_encryption(self) -> models.EncryptionStatus:
        """Show which keys there are, and what is left to do; nothing of the keys themselves."""
        return await self.call(models.EncryptionStatus, "GET", "/api/v1/encryption")

    async def rotate_key(self, *, idempotency_key: str | None = None) -> models.KeyVersion:
        """Make a new key of the organisation, which seals from now on; older ones still open."""
        return await self.call(
            models.KeyVersion, "POST", "/api/v1/encryption/keys", repeatable=idempotency_key or True
        )

    async def shred_keys(self, *, organisation: str) -> models.Shredded:
        """Destroy the keys of an organisation that leaves: its secrets and personal data can never be read again."""
        return await self.call(
            models.Shredded, "DELETE", "/api/v1/encryption/keys", query={"organisation": organisation}
        )

    async def reseal(self) -> models.Resealed:
        """Seal some of what older keys sealed, history too, with the newest one."""
        return await self.call(models.Resealed, "POST", "/api/v1/encryption/reseal")

    async def rotate_master_key(self, *, idempotency_key: str | None = None) -> models.MasterMade:
        """Make a new master key, which wraps the keys of all organisations; for the installation's own token."""
        return await self.call(
            models.MasterMade, "POST", "/api/v1/encryption/masters", repeatable=idempotency_key or True
        )

    async def rewrap_keys(self) -> models.Rewrapped:
        """Wrap with the current master key what an older one wraps: what a rotation left that was broken off."""
        return await self.call(models.Rewrapped, "POST", "/api/v1/encryption/rewrap")

    async def retire_master_key(self, master: str) -> models.MasterRetired:
        """Give up an older master key that nothing needs any more."""
        return await self.call(
            models.MasterRetired, "DELETE", self.path("/api/v1/encryption/masters/{master}", master)
        )

    async def judge_compliance(self, *, framework: str | None = None) -> models.ComplianceReport:
        """Judge every check over the surface and the installation, with what each verdict rests on."""
        return await self.call(
            models.ComplianceReport, "GET", "/api/v1/compliance", query={"framework": framework}
        )

    async def export_subject(
        self, *, names: list[str], everywhere: bool | UnsetType = UNSET
    ) -> models.SubjectExport:
        """Return all that is kept about a person in this organisation."""
        return await self.call(
            models.SubjectExport,
            "POST",
            "/api/v1/privacy/exports",
            body={"names": names, "everywhere": everywhere},
        )

    async def erase_subject(
        self, *, names: list[str], why: str, everywhere: bool | UnsetType = UNSET
    ) -> models.ErasureDone:
        """Put a pseudonym in the place of a person, in the present and in all history. It cannot be undone."""
        return await self.call(
            models.ErasureDone,
            "POST",
            "/api/v1/privacy/erasures",
            body={"names": names, "why": why, "everywhere": everywhere},
        )

    async def list_import_formats(self) -> tuple[models.FormatItem, ...]:
        """List the formats that can be imported."""
        return await self.call(tuple[models.FormatItem, ...], "GET", "/api/v1/importformats")

    async def read_import_job(self, id: str) -> models.ImportJobView:
        """Tell how far an import is, and what came of it."""
        return await self.call(models.ImportJobView, "GET", self.path("/api/v1/importjobs/{id}", id))

    async def pause_import_job(self, id: str) -> models.ImportJobView:
        """Pause an import behind its last batch; what it wrote stays."""
        return await self.call(models.ImportJobView, "POST", self.path("/api/v1/importjobs/{id}/pause", id))

    async def resume_import_job(self, id: str) -> models.ImportJobView:
        """Go on with an import that was paused."""
        return await self.call(models.ImportJobView, "POST", self.path("/api/v1/importjobs/{id}/resume", id))

    async def cancel_import_job(self, id: str) -> models.ImportJobView:
        """Stop an import, and take back what it wrote; until that is done it is `cancelling`, then `cancelled`."""
        return await self.call(models.ImportJobView, "POST", self.path("/api/v1/importjobs/{id}/cancel", id))

    async def apply_import_job(self, id: str) -> models.ImportJobView:
        """Import for real what a preview looked at, without sending it again."""
        return await self.call(models.ImportJobView, "POST", self.path("/api/v1/importjobs/{id}/apply", id))

    async def read_import(self, id: str) -> models.ImportRecord:
        """Show one import of the ledger."""
        return await self.call(models.ImportRecord, "GET", self.path("/api/v1/imports/{id}", id))

    async def undo_import(self, id: str, *, dry_run: bool | None = None) -> models.UndoReport:
        """Take an import back; what others confirmed since stays."""
        return await self.call(
            models.UndoReport, "POST", self.path("/api/v1/imports/{id}/undo", id), query={"dry_run": dry_run}
        )

    async def list_export_formats(self) -> tuple[models.ExportFormatItem, ...]:
        """List the formats of exports and reports."""
        return await self.call(tuple[models.ExportFormatItem, ...], "GET", "/api/v1/exports")

    async def download_export(
        self,
        format: str,
        to: Path | str,
        *,
        kinds: str | None = None,
        filter: str | None = None,
        as_of: datetime | str | None = None,
        everything: bool | None = None,
        report: str | None = None,
    ) -> Path:
        """Download an export or a report."""
        return await self.download(
            self.path("/api/v1/exports/{format}", format),
            to,
            query={
                "kinds": kinds,
                "filter": filter,
                "as_of": as_of,
                "everything": everything,
                "report": report,
            },
        )

    async def read_export_report(self, report: str) -> models.ExportReportItem:
        """Tell what an export held that the caller downloaded to its end, within a day."""
        return await self.call(
            models.ExportReportItem, "GET", self.path("/api/v1/exports/reports/{report}", report)
        )

    async def download_file(self, path: str, to: Path | str) -> Path:
        """Download a file."""
        return await self.download(self.path("/api/v1/files/{path}/content", path), to)

    async def delete_file(self, path: str, *, why: str | None = None) -> models.FileRecord:
        """Let go of a file; history keeps that it was there, and its digest."""
        return await self.call(
            models.FileRecord, "DELETE", self.path("/api/v1/files/{path}", path), query={"why": why}
        )

    async def list_integration_types(self) -> tuple[models.TypeItem, ...]:
        """List the types of integrations with their options."""
        return await self.call(tuple[models.TypeItem, ...], "GET", "/api/v1/integrationtypes")

    async def set_integration(
        self,
        label: str,
        *,
        type: str,
        address: str | UnsetType = UNSET,
        enabled: bool | UnsetType = UNSET,
        every_minutes: int | UnsetType = UNSET,
        options: dict[str, str] | UnsetType = UNSET,
        secret: str | UnsetType = UNSET,
    ) -> models.IntegrationRecord:
        """Set an integration, whole but for its secret."""
        return await self.call(
            models.IntegrationRecord,
            "PUT",
            self.path("/api/v1/integrations/{label}", label),
            body={
                "type": type,
                "address": address,
                "options": options,
                "secret": secret,
                "every_minutes": every_minutes,
                "enabled": enabled,
            },
        )

    async def read_integration(self, label: str) -> models.IntegrationRecord:
        """Show an integration, and what became of its last run."""
        return await self.call(
            models.IntegrationRecord, "GET", self.path("/api/v1/integrations/{label}", label)
        )

    async def end_integration(self, label: str) -> models.IntegrationRecord:
        """Take an integration out of force, and forget its secret; history keeps the rest."""
        return await self.call(
            models.IntegrationRecord, "DELETE", self.path("/api/v1/integrations/{label}", label)
        )

    async def test_integration(self, label: str) -> models.TestResult:
        """Ask the other system whether it knows us; change nothing."""
        return await self.call(
            models.TestResult, "POST", self.path("/api/v1/integrations/{label}/test", label)
        )

    async def run_integration(self, label: str) -> models.Ordered:
        """Have an integration run by a worker; its record then tells what came of it."""
        return await self.call(models.Ordered, "POST", self.path("/api/v1/integrations/{label}/run", label))

    async def receive_hook(
        self,
        organisation: str,
        label: str,
        content: Upload,
        *,
        file: str | None = None,
        chariot_timestamp: str | None = None,
        chariot_signature: str | None = None,
    ) -> models.Received:
        """Take in a file that another system sends, and import it."""
        return await self.call(
            models.Received,
            "POST",
            self.path("/api/v1/hooks/{organisation}/{label}", organisation, label),
            query={"file": file},
            headers={"chariot-timestamp": chariot_timestamp, "chariot-signature": chariot_signature},
            content=content,
        )

    async def list_queues(self) -> tuple[models.QueueItem, ...]:
        """List the queues."""
        return await self.call(tuple[models.QueueItem, ...], "GET", "/api/v1/queues")

    def list_dead_letters(
        self, *, queue: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> AsyncPages[models.DeadLetterItem]:
        """List dead letters, newest first."""
        return self.pages(
            models.DeadLetterItem,
            "/api/v1/queues/dead-letters",
            query={"queue": queue, "limit": limit, "cursor": cursor},
        )

    async def replay_dead_letters(
        self, *, numbers: list[str], idempotency_key: str | None = None
    ) -> models.Replayed:
        """Put dead letters back at the end of their queues, with all their tries."""
        return await self.call(
            models.Replayed,
            "POST",
            "/api/v1/queues/dead-letters/replay",
            body={"numbers": numbers},
            repeatable=idempotency_key or True,
        )

    async def read_session(self) -> models.SessionItem:
        """Tell who the caller is and what they may do."""
        return await self.call(models.SessionItem, "GET", "/api/v1/session")

    async def end_session(self) -> models.Ended:
        """End the session that asks: its token is refused from now on. A token of an issuer is refused as well."""
        return await self.call(models.Ended, "DELETE", "/api/v1/session")

    def list_sessions(self, *, everybody: bool | None = None) -> AsyncPages[models.LiveSession]:
        """List the sessions that last, the newest first: the caller's own, or those of the organisation."""
        return self.pages(models.LiveSession, "/api/v1/sessions", query={"everybody": everybody})

    async def end_sessions(self, *, subject: str | None = None) -> models.Ended:
        """End all sessions of the caller, or of somebody else, and all tokens that an issuer gave them so far."""
        return await self.call(models.Ended, "DELETE", "/api/v1/sessions", query={"subject": subject})

    async def end_one_session(self, id: str) -> models.Ended:
        """End one session of the caller, or, with `users:write`, of the organisation."""
        return await self.call(models.Ended, "DELETE", self.path("/api/v1/sessions/{id}", id))

    async def read_ways(self) -> models.Ways:
        """Tell how people sign in here."""
        return await self.call(models.Ways, "GET", "/api/v1/signin")

    async def sign_in_by_password(
        self, *, password: str, user: str, code: str | UnsetType = UNSET, cookie: bool | UnsetType = UNSET
    ) -> models.SignedIn:
        """Sign in with an account of this installation; where a second factor is needed, `needs` names it."""
        return await self.call(
            models.SignedIn,
            "POST",
            "/api/v1/signin/password",
            body={"user": user, "password": password, "code": code, "cookie": cookie},
        )

    async def sign_in_by_invitation(
        self, *, code: str, password: str, user: str, cookie: bool | UnsetType = UNSET
    ) -> models.SignedIn:
        """Set a password by the code of an invitation, which holds once, and sign in."""
        return await self.call(
            models.SignedIn,
            "POST",
            "/api/v1/signin/invitation",
            body={"user": user, "code": code, "password": password, "cookie": cookie},
        )

    async def challenge_passkey(self) -> models.Challenge:
        """Give what a browser asks any passkey of this address."""
        return await self.call(models.Challenge, "POST", "/api/v1/signin/passkey/challenge")

    async def sign_in_by_passkey(
        self, *, answer: dict[str, Any], state: str, cookie: bool | UnsetType = UNSET
    ) -> models.SignedIn:
        """Sign in by a passkey, which counts as two factors."""
        return await self.call(
            models.SignedIn,
            "POST",
            "/api/v1/signin/passkey",
            body={"state": state, "answer": answer, "cookie": cookie},
        )

    async def begin_at_issuer(self, *, issuer: str) -> str:
        """Send a browser to an issuer to sign in there: authorization code with PKCE."""
        return await self.text("GET", "/api/v1/session/begin", query={"issuer": issuer})

    async def finish_at_issuer(
        self,
        *,
        code: str | None = None,
        state: str | None = None,
        error: str | None = None,
        iss: str | None = None,
    ) -> str:
        """Take a browser back from an issuer, and begin its session; the dashboard says what went wrong."""
        return await self.text(
            "GET",
            "/api/v1/session/callback",
            query={"code": code, "state": state, "error": error, "iss": iss},
        )

    async def begin_device(self) -> models.DeviceCode:
        """Begin to sign a program in; show `user_code` and `verification_uri` to a person, and ask for the token."""
        return await self.call(models.DeviceCode, "POST", "/api/v1/device")

    async def read_device(self, *, user_code: str) -> models.LiveSession:
        """Tell where the program with a code asks from, so that a person can tell whether it is theirs."""
        return await self.call(models.LiveSession, "GET", "/api/v1/device", query={"user_code": user_code})

    async def collect_device(self, *, device_code: str) -> models.SignedIn:
        """Give the token of a program that was approved; before that `needs` says `approval`."""
        return await self.call(
            models.SignedIn, "POST", "/api/v1/device/token", body={"device_code": device_code}
        )

    async def approve_device(
        self, *, user_code: str, approved: bool | UnsetType = UNSET
    ) -> models.LiveSession:
        """Let the program with a code act for the caller, or send it away."""
        return await self.call(
            models.LiveSession,
            "POST",
            "/api/v1/device/approval",
            body={"user_code": user_code, "approved": approved},
        )

    async def read_account(self) -> models.Account:
        """Tell what is set up in the caller's own account."""
        return await self.call(models.Account, "GET", "/api/v1/account")

    async def set_password(self, *, new_password: str, password: str) -> models.Account:
        """Set another password: 15 characters, or 8 beside a second factor. All other sessions end."""
        return await self.call(
            models.Account,
            "PUT",
            "/api/v1/account/password",
            body={"password": password, "new_password": new_password},
        )

    async def begin_code(self, *, password: str) -> models.NewCode:
        """Begin to add an authenticator; it counts once a code of it is confirmed."""
        return await self.call(models.NewCode, "POST", "/api/v1/account/code", body={"password": password})

    async def finish_code(self, *, code: str) -> models.RecoveryCodes:
        """Add the authenticator that was begun; gives codes to keep on paper."""
        return await self.call(
            models.RecoveryCodes, "POST", "/api/v1/account/code/confirmation", body={"code": code}
        )

    async def remove_code(self, *, password: str) -> models.Account:
        """Take the authenticator away."""
        return await self.call(
            models.Account, "POST", "/api/v1/account/code/removal", body={"password": password}
        )

    async def begin_passkey(self, *, password: str) -> models.Challenge:
        """Give what a browser makes a passkey by."""
        return await self.call(
            models.Challenge, "POST", "/api/v1/account/passkeys/challenge", body={"password": password}
        )

    async def add_passkey(self, *, answer: dict[str, Any], label: str, state: str) -> models.Account:
        """Add a passkey."""
        return await self.call(
            models.Account,
            "POST",
            "/api/v1/account/passkeys",
            body={"state": state, "answer": answer, "label": label},
        )

    async def remove_passkey(self, *, label: str, password: str) -> models.Account:
        """Take a passkey away."""
        return await self.call(
            models.Account,
            "POST",
            "/api/v1/account/passkeys/removal",
            body={"password": password, "label": label},
        )

    def list_users(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> AsyncPages[models.Account]:
        """List the accounts of the organisation by name."""
        return self.pages(models.Account, "/api/v1/users", query={"limit": limit, "cursor": cursor})

    async def add_user(
        self,
        *,
        user: str,
        label: str | UnsetType = UNSET,
        roles: list[str] | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.Invited:
        """Make an account in the organisation; its owner sets the password by the code that comes back."""
        return await self.call(
            models.Invited,
            "POST",
            "/api/v1/users",
            body={"user": user, "label": label, "roles": roles},
            repeatable=idempotency_key or True,
        )

    async def read_user(self, user: str) -> models.Account:
        """Give one account of the organisation."""
        return await self.call(models.Account, "GET", self.path("/api/v1/users/{user}", user))

    async def change_user(
        self,
        user: str,
        *,
        label: str | UnsetType = UNSET,
        roles: list[str] | UnsetType = UNSET,
        suspended: bool | UnsetType = UNSET,
        why: str | UnsetType = UNSET,
        idempotency_key: str | None = None,
    ) -> models.Account:
        """Change what is stated of an account."""
        return await self.call(
            models.Account,
            "PATCH",
            self.path("/api/v1/users/{user}", user),
            body={"label": label, "roles": roles, "suspended": suspended, "why": why},
            repeatable=idempotency_key or True,
        )

    async def remove_user(self, user: str, *, why: str | None = None) -> models.Account:
        """End an account for good, with its sessions."""
        return await self.call(
            models.Account, "DELETE", self.path("/api/v1/users/{user}", user), query={"why": why}
        )

    async def invite_user(self, user: str) -> models.Invited:
        """Give a code by which the owner of an account, who may do no more than the caller, sets a new password."""
        return await self.call(models.Invited, "POST", self.path("/api/v1/users/{user}/invitation", user))

    async def remove_factors(self, user: str) -> models.Account:
        """Take password and second factors from somebody who lost them, and may do no more than the caller."""
        return await self.call(models.Account, "DELETE", self.path("/api/v1/users/{user}/factors", user))

    async def match_names(self, *, names: list[str]) -> models.Matches:
        """Tell which vulnerabilities affect each CPE name or package URL, or may, and why. Nothing is kept of it."""
        return await self.call(models.Matches, "POST", "/api/v1/intelligence/matches", body={"names": names})

    async def list_capabilities(self) -> tuple[models.Described, ...]:
        """List the scanners that are installed."""
        return await self.call(tuple[models.Described, ...], "GET", "/api/v1/capabilities")

    async def read_intelligence(self) -> models.IntelligenceStatus:
        """Tell which feeds of vulnerabilities are loaded, and of when."""
        return await self.call(models.IntelligenceStatus, "GET", "/api/v1/intelligence")

    async def read_problem(self, name: str) -> models.ProblemItem:
        """Tell what a problem type means and what to do about it."""
        return await self.call(models.ProblemItem, "GET", self.path("/api/v1/problems/{name}", name))

    async def list_kinds(self) -> tuple[models.KindItem, ...]:
        """List the kinds of entities, with their fields, filters and sorts."""
        return await self.call(tuple[models.KindItem, ...], "GET", "/api/v1/kinds")

    async def list_relationship_types(self) -> tuple[models.RelationshipItem, ...]:
        """List the types of relationships, with the kinds that they join."""
        return await self.call(tuple[models.RelationshipItem, ...], "GET", "/api/v1/relationship-types")

    async def read_live(self) -> models.Live:
        """Tell that the process answers."""
        return await self.bare(models.Live, "GET", "/health/live")

    async def read_ready(self) -> models.Ready:
        """Tell whether the server can do its work: 200 when it can, 503 with the reasons when it cannot."""
        return await self.bare(models.Ready, "GET", "/health/ready")

    async def read_metrics(self) -> str:
        """Give metrics in Prometheus's text format, the surface's as the caller's organisation sees it."""
        return await self.text("GET", "/metrics")

    async def read_openapi(self) -> dict[str, Any]:
        """Give this description."""
        return await self.bare(dict[str, Any], "GET", "/api/v1/openapi.json")
