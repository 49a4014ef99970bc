"""The SQL of the bus. States: 0 ready, 1 leased, 2 delayed, 3 behind the head of its lane."""

KNOWN = """
    SELECT id FROM published
    WHERE queue = ?1 AND id IN (SELECT value FROM json_each(?2))
    AND (at > ?3 OR EXISTS (SELECT 1 FROM message WHERE sequence = published.sequence))
"""
"""The ids of a list that were published after ?3 or still live."""

REMEMBER = "INSERT OR REPLACE INTO published SELECT ?1, value, ?2 + key, ?3 FROM json_each(?4)"
TAKEN = "SELECT DISTINCT lane FROM message WHERE lane IN (SELECT value FROM json_each(?))"
KEEP = "INSERT INTO message VALUES (?1, ?2, ?3, 0, ?4, 0, ?5, ?5, ?6, ?7, ?8, ?9, '', '')"
LIVE = "SELECT waiting + leased + delayed FROM queue_depth WHERE queue = ? AND organisation = ''"
TAKE_NUMBERS = "UPDATE message_number SET last = last + ? RETURNING last"

CLAIM = """
    UPDATE message SET state = 1, until = ?3, since = ?4, owner = ?5, attempt = attempt + 1
    WHERE sequence IN (
        SELECT sequence FROM message WHERE queue = ?1 AND state = 0 ORDER BY until, sequence LIMIT ?2
    ) RETURNING queue, id, organisation, order_key, body, sequence, attempt
"""
LEASES = """
    SELECT sequence, queue, organisation, lane, attempt FROM message
    WHERE sequence IN (SELECT value FROM json_each(?1)) AND state = 1 AND until > ?2
"""
EXTEND = "UPDATE message SET until = ?2 WHERE sequence IN (SELECT value FROM json_each(?1))"
FINISH = "DELETE FROM message WHERE sequence IN (SELECT value FROM json_each(?))"
PROMOTE = """
    UPDATE message SET state = 0
    WHERE state = 3 AND sequence IN (
        SELECT (SELECT min(sequence) FROM message WHERE lane = value) FROM json_each(?)
    )
"""
"""Let the oldest of each lane stand at its head."""

STAND = """
    UPDATE message SET state = ?2, until = ?3, since = ?4, owner = '', error = coalesce(?5, error)
    WHERE sequence IN (SELECT value FROM json_each(?1))
"""
DIE = """
    INSERT INTO dead_letter
    SELECT sequence, queue, organisation, id, order_key, body, attempt, ?2, published_at, ?3
    FROM message WHERE sequence IN (SELECT value FROM json_each(?1))
"""

PAST = """
    SELECT sequence, queue, organisation, lane, attempt, error FROM message
    WHERE queue = ? AND state = ? AND until <= ? ORDER BY until LIMIT ?
"""
HELD_BY = """
    SELECT sequence, queue, organisation, lane, attempt, error FROM message
    WHERE queue IN (SELECT queue FROM queue_depth WHERE organisation = '' AND leased > 0)
    AND state = 1 AND owner = ?
"""
OWNERS = """
    SELECT DISTINCT owner FROM message
    WHERE queue IN (SELECT queue FROM queue_depth WHERE organisation = '' AND leased > 0) AND state = 1
"""
COUNT = """
    INSERT INTO queue_depth VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    waiting = waiting + excluded.waiting, leased = leased + excluded.leased,
    delayed = delayed + excluded.delayed, dead = dead + excluded.dead
"""
QUEUES = "SELECT queue FROM queue_depth WHERE organisation = ''"
DEPTHS = "SELECT queue, waiting, leased, delayed, dead FROM queue_depth WHERE organisation = ? ORDER BY queue"

_STANDS = """
    SELECT id, order_key, published_at, state, since, until, owner, attempt, error FROM message
"""
OLDEST = f"""{_STANDS} WHERE sequence = (
    SELECT min(
        coalesce((SELECT min(sequence) FROM message WHERE queue = ?1 AND state = 0 AND until = 0), 1 << 62),
        coalesce((SELECT min(sequence) FROM message WHERE queue = ?1 AND state = 1), 1 << 62),
        coalesce((SELECT min(sequence) FROM message WHERE queue = ?1 AND state = 2), 1 << 62)
    ))
"""
"""The oldest of a queue is the head of its lane: nothing older stands before it."""

OLDEST_OF = f"""{_STANDS} WHERE sequence = (
    SELECT min(sequence) FROM message WHERE lane BETWEEN ?3 AND ?4 AND queue = ?1 AND organisation = ?2
    )
"""
"""The oldest of one organisation: its lanes stand together."""

HAS_WORK = "SELECT 1 FROM message WHERE queue = ? AND state = ? AND until <= ? LIMIT 1"

_DEAD = """
    SELECT queue, id, organisation, order_key, body, sequence, attempt, error, published_at, died_at
    FROM dead_letter
"""
DEAD: dict[tuple[bool, bool], str] = {
    (False, False): f"{_DEAD} WHERE sequence < ?1 ORDER BY sequence DESC LIMIT ?2",
    (True, False): f"{_DEAD} WHERE sequence < ?1 AND organisation = ?3 ORDER BY sequence DESC LIMIT ?2",
    (False, True): f"{_DEAD} WHERE sequence < ?1 AND queue = ?3 ORDER BY sequence DESC LIMIT ?2",
    (True, True): f"{_DEAD} WHERE sequence < ?1 AND organisation = ?3 AND queue = ?4 "
    "ORDER BY sequence DESC LIMIT ?2",
}
"""Dead letters, by whether an organisation and a queue are named."""

RAISE = """
    DELETE FROM dead_letter WHERE sequence = ?1 AND (?2 IS NULL OR organisation = ?2)
    RETURNING queue, id, organisation, order_key, body
"""
FORGET = "UPDATE published SET at = 0 WHERE queue = ? AND id = ?"

REMEMBERED = """
    SELECT queue, id, at, EXISTS (SELECT 1 FROM message AS m WHERE m.sequence = p.sequence)
    FROM published AS p WHERE (queue, id) > (?, ?) ORDER BY queue, id LIMIT ?
"""
DROP_ID = "DELETE FROM published WHERE queue = ? AND id = ?"
DROP_DEAD = """
    DELETE FROM dead_letter WHERE sequence IN
    (SELECT sequence FROM dead_letter WHERE died_at <= ? ORDER BY died_at LIMIT ?)
    RETURNING queue, organisation
"""
