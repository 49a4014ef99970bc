import pytest
from caching_contract import CacheContract, RateLimitsContract

from chariot.modules.caching.memory import MemoryCache, MemoryRateLimits


class TestMemoryCache(CacheContract):
    @pytest.fixture
    def cache(self) -> MemoryCache:
        return MemoryCache()


class TestMemoryRateLimits(RateLimitsContract):
    @pytest.fixture
    def limits(self) -> MemoryRateLimits:
        return MemoryRateLimits()
