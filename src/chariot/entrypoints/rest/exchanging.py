"""What the API needs of files and other systems."""

import msgspec

from chariot.modules.exchange.exports.service import ExportService
from chariot.modules.exchange.imports import ImportService
from chariot.modules.files.service import FileService
from chariot.modules.integrations.hooks import Hooks
from chariot.modules.integrations.jobs import ImportJobs
from chariot.modules.integrations.service import IntegrationService


class ExchangeServices(msgspec.Struct, frozen=True, kw_only=True):
    """What comes in and goes out."""

    imports: ImportService
    exports: ExportService
    files: FileService
    jobs: ImportJobs
    integrations: IntegrationService
    hooks: Hooks
