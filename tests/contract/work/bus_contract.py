"""What every bus promises. Subclass `BusContract`, name the subclass `Test...`, provide `clock` and `bus`."""

from delivery_contract import DeliveryContract
from watching_contract import WatchingContract


class BusContract(DeliveryContract, WatchingContract):
    """Queues of `QUEUE` take `BOUND` messages, that of `SMALL_QUEUE` takes `SMALL_BOUND`."""
