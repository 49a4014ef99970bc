from chariot.capabilities.support.technologies import technologies
from chariot.model.keys import Key
from chariot.modules.discovery.fingerprints.matching import built_in


def test_a_hit_becomes_a_technology_with_the_words_that_show_it():
    target = Key("#port#192.0.2.7#tcp#22")

    technology, relationship = technologies(target, built_in().banner("SSH-2.0-OpenSSH_9.3p1"))

    assert technology.cpe == "cpe:2.3:a:openbsd:openssh:9.3:p1:*:*:*:*:*:*"
    assert (relationship.source, relationship.target) == (target, technology.key)
    assert relationship.evidence[0].values == {
        "rule": "openssh-banner",
        "place": "banner",
        "matched": "SSH-2.0-OpenSSH_9.3p1",
        "confidence": "95",
    }
