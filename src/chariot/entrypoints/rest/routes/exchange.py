"""The services of files and other systems, as handlers get them."""

from chariot.entrypoints.rest.exchanging import ExchangeServices
from chariot.entrypoints.rest.operations import Call
from chariot.errors import ConfigurationError


def exchange(call: Call) -> ExchangeServices:
    """Return the services of a call.

    Raises:
        ConfigurationError: this server has none.
    """
    if call.services.exchange is None:
        raise ConfigurationError("this server takes no files")
    return call.services.exchange
