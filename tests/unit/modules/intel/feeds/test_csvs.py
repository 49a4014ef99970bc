"""Feeds that are tables."""

import io
from datetime import date

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.csvs import read_epss_history, read_exploitdb, read_nuclei, read_ssvc
from chariot.modules.intel.records import EpssScore, Exploit

SSVC = "cve,exploitation,automatable,technical_impact,timestamp,kev_date_added\n"
EXPLOITDB = "id,file,description,verified,codes\n"


def records(read, text):
    return [record for batch in read(io.BytesIO(text.encode()), "file").batches for record in batch]


def test_decisions_are_read():
    (decided,) = records(read_ssvc, SSVC + "CVE-2024-1000,active,yes,partial,2024-08-01T18:51:01.909711Z,\n")

    assert (decided.exploitation, decided.automatable, decided.total_impact) == ("active", True, False)


def test_history_is_read_by_day():
    found = records(read_epss_history, "cve,date,epss,percentile\nCVE-2024-1000,2024-03-31,0.5,0.9\n")

    assert found == [EpssScore("CVE-2024-1000", 0.5, 0.9, date(2024, 3, 31))]


def test_an_exploit_is_told_for_each_of_its_cves():
    found = records(
        read_exploitdb,
        EXPLOITDB
        + '7,a.py,"x, y",1,CVE-2024-1000;OSVDB-1;CVE-2024-1001\n8,b.py,z,0,\n9,c.py,z,0,CVE-2024-1000\n',
    )

    assert found == [
        Exploit("CVE-2024-1000", "exploit-db", "EDB-7", "functional"),
        Exploit("CVE-2024-1001", "exploit-db", "EDB-7", "functional"),
        Exploit("CVE-2024-1000", "exploit-db", "EDB-9", "poc"),
    ]


def test_templates_without_a_cve_say_nothing():
    found = records(
        read_nuclei,
        '{"ID":"CVE-2024-1000","Info":{},"file_path":"http/a.yaml"}\n{"ID":"other","file_path":"http/b.yaml"}\n',
    )

    assert found == [Exploit("CVE-2024-1000", "nuclei", "http/a.yaml", "functional")]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_ssvc, SSVC),
        (read_ssvc, "cve,exploitation\nCVE-2024-1000,none\n"),
        (read_ssvc, SSVC + "CVE-2024-1000,perhaps,yes,total,2024-01-01,\n"),
        (read_ssvc, SSVC + "CVE-2024-1000,none,maybe,total,2024-01-01,\n"),
        (read_ssvc, SSVC + "CVE-2024-1000,none,yes,total,2024-01-01\n"),
        (read_ssvc, SSVC + "CVE-2024-1000,none,yes,total,soon,\n"),
        (read_ssvc, SSVC + "CVE-2024-1000,none,yes,total,2024-01-01,"),
        (read_epss_history, "cve,date,epss,percentile\nCVE-2024-1000,2024-03-31,5,0.9\n"),
        (read_epss_history, "cve,date,epss,percentile\nx,2024-03-31,0.5,0.9\n"),
        (read_exploitdb, EXPLOITDB + "x,a.py,y,1,CVE-2024-1000\n"),
        (read_exploitdb, EXPLOITDB + '7,"a.py\n'),
        (read_nuclei, '{"ID":1,"file_path":"x"}\n'),
        (read_nuclei, '{"ID":"none","file_path":"x"}\n'),
        (read_nuclei, '{"ID":"CVE-2024-1000","file_path":"x"}'),
    ],
)
def test_a_broken_table_is_refused(read, text):
    with pytest.raises(InvalidError):
        records(read, text)
