from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from chariot.modules.identity.factors import (
    STEP_S,
    address_of,
    new_key,
    new_recovery_codes,
    step_of,
    without_recovery_code,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def code_at(key, moment):
    return pyotp.TOTP(key).at(moment)


@pytest.mark.parametrize("off_s", [-STEP_S, 0, STEP_S])
def test_a_code_holds_although_clocks_differ_a_little(off_s):
    key = new_key()

    assert step_of(key, code_at(key, NOON + timedelta(seconds=off_s)), NOON, last=0)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000 1"])
def test_what_is_no_code_proves_nothing(code):
    assert step_of(new_key(), code, NOON, last=0) == 0


def test_an_older_code_proves_nothing():
    key = new_key()

    assert step_of(key, code_at(key, NOON - timedelta(seconds=3 * STEP_S)), NOON, last=0) == 0


def test_a_code_counts_once():
    key = new_key()
    step = step_of(key, code_at(key, NOON), NOON, last=0)

    assert step_of(key, code_at(key, NOON), NOON, last=step) == 0


def test_the_address_is_one_that_authenticators_read():
    key = "A" * 32

    assert address_of(key, "ada").startswith(f"otpauth://totp/Chariot:ada?secret={key}")


def test_a_recovery_code_counts_once_however_it_is_written():
    codes, kept = new_recovery_codes()
    rest = without_recovery_code(kept, codes[3].upper().replace("-", " "))

    assert len(set(codes)) == 10
    assert rest is not None
    assert without_recovery_code(rest, codes[3]) is None
    assert without_recovery_code(rest, codes[4]) is not None
    assert not any(code in kept for code in codes)
