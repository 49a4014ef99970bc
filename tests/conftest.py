"""Makes `strategies` importable from every test, and keeps property tests steady on a busy machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "chariot",
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("chariot")
