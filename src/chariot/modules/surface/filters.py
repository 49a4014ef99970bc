"""The filter language: small, typed, the same in CLI, REST and GraphQL.

    score>=70 state=open            both hold: a space is "and"
    severity=high,critical          one of several values
    number=443 or number=8443       either
    not status=stale                negation; parentheses group
    key~shop                        contains, whatever the case
    tag.env=prod                    a tag
    decision= score>=70             has no value, and the next term holds

A value with spaces or special characters stands in double quotes; a backslash there keeps the next character.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from chariot.errors import InvalidError
from chariot.model.checks import outside
from chariot.model.instants import written_instant
from chariot.modules.surface.query import All, Compare, Filter, Not, Some, filter_fields

_LENGTH_LIMIT = 4_000
_DEPTH_LIMIT = 20
_TERM_LIMIT = 100
_NUMBER_LENGTH = 18
_NUMBERS: Mapping[Any, re.Pattern[str]] = {
    int: re.compile(r"-?(?:0|[1-9][0-9]*)"),
    float: re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"),
}
_PLACE = "filter"
_TOKEN = re.compile(
    r"""\s*(?:(?P<paren>[()])
        |(?P<field>[A-Za-z_][\w.-]*)\s*(?P<operator>!=|<=|>=|=|<|>|~)
        |(?P<word>[A-Za-z]+)(?![\w.-]))""",
    re.VERBOSE,
)
_NOTHING = re.compile(
    r"\s+(?:(?:and|or|not)(?![\w.-])|[A-Za-z_][\w.-]*\s*(?:!=|<=|>=|=|<|>|~))", re.IGNORECASE
)
"""What shows that the value before it is left out: the next term, or what joins it."""
_VALUE = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s(),"]*))')


class _Token(NamedTuple):
    what: str
    text: str
    values: tuple[str, ...] = ()
    operator: str = ""


def parse_filter(text: str, kinds: tuple[str, ...]) -> Filter | None:
    """Return what *text* asks of *kinds*, or None when it is empty.

    Raises:
        InvalidError: the text is not in the language, or names a field or a value that the kinds do not have.
    """
    if len(text) > _LENGTH_LIMIT:
        raise InvalidError(f"longer than {_LENGTH_LIMIT:,} characters", place=_PLACE)
    try:
        outside(text)
    except ValueError as error:
        raise InvalidError(str(error), place=_PLACE) from None
    tokens = _tokens(text)
    if not tokens:
        return None
    parser = _Parser(tokens, filter_fields(kinds))
    return parser.whole()


def filter_text(where: Filter | None) -> str:
    """Return what `parse_filter` reads as *where*.

    >>> filter_text(parse_filter("score>=70 not (state=open,triage or owner=)", ("risk",)))
    'score>="70" not (state="open","triage" or owner="")'
    """
    match where:
        case None:
            return ""
        case Compare():
            return f"{where.field}{where.operator}{','.join(map(_quoted, where.values))}"
        case Not():
            return f"not {_grouped(where.term)}"
        case All():
            return " ".join(map(_grouped, where.terms))
        case Some():
            return " or ".join(map(_grouped, where.terms))


def _grouped(term: Filter) -> str:
    text = filter_text(term)
    return f"({text})" if isinstance(term, All | Some) else text


def _quoted(value: Any) -> str:
    plain = value.value if isinstance(value, Enum) else value
    if plain is None:
        return '""'
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, datetime):
        text = plain.isoformat()
    else:
        # A small float would be told with an exponent, which the language does not read.
        text = format(Decimal(str(plain)), "f") if isinstance(plain, float) else str(plain)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise InvalidError(
                f"expected a term like score>=70 at character {at + 1}: {text[at : at + 30]!r}", place=_PLACE
            )
        at = match.end()
        if match["paren"]:
            tokens.append(_Token(match["paren"], match["paren"]))
        elif match["field"]:
            if match["operator"] in ("=", "!=") and _NOTHING.match(text, at):
                values: tuple[str, ...] = ("",)
            else:
                values, at = _values(text, at)
            tokens.append(_Token("term", match["field"], values, match["operator"]))
        else:
            word = match["word"].lower()
            if word not in ("and", "or", "not"):
                raise InvalidError(
                    f"{match['word'][:40]!r} is not a term; write field=value, and, or, not", place=_PLACE
                )
            tokens.append(_Token(word, word))
        if len(tokens) > _TERM_LIMIT:
            raise InvalidError(f"has more than {_TERM_LIMIT} parts", place=_PLACE)
    return tokens


def _values(text: str, at: int) -> tuple[tuple[str, ...], int]:
    values: list[str] = []
    while True:
        match = _VALUE.match(text, at)
        assert match is not None  # The second alternative matches the empty string.
        quoted, bare = match.groups()
        values.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare)
        at = match.end()
        if text[at : at + 1] == '"':
            raise InvalidError(f"a quote at character {at + 1} is not closed", place=_PLACE)
        if text[at : at + 1] != ",":
            return tuple(values), at
        at += 1


class _Parser:
    """Recursive descent over `or` < `and` < `not` < term."""

    def __init__(self, tokens: list[_Token], fields: dict[str, Any]) -> None:
        self._tokens = tokens
        self._fields = fields
        self._at = 0
        self._depth = 0

    def whole(self) -> Filter:
        result = self._some()
        if self._at < len(self._tokens):
            raise InvalidError(f"{self._tokens[self._at].text!r} stands alone", place=_PLACE)
        return result

    def _peek(self) -> str:
        return self._tokens[self._at].what if self._at < len(self._tokens) else ""

    def _some(self) -> Filter:
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise InvalidError(f"is nested deeper than {_DEPTH_LIMIT}", place=_PLACE)
        terms = [self._all()]
        while self._peek() == "or":
            self._at += 1
            terms.append(self._all())
        self._depth -= 1
        return terms[0] if len(terms) == 1 else Some(tuple(terms))

    def _all(self) -> Filter:
        terms = [self._one()]
        while self._peek() in ("and", "not", "(", "term"):
            if self._peek() == "and":
                self._at += 1
            terms.append(self._one())
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _one(self) -> Filter:
        what = self._peek()
        if what == "not":
            self._depth += 1
            if self._depth > _DEPTH_LIMIT:
                raise InvalidError(f"is nested deeper than {_DEPTH_LIMIT}", place=_PLACE)
            self._at += 1
            negated = Not(self._one())
            self._depth -= 1
            return negated
        if what == "(":
            self._at += 1
            inner = self._some()
            if self._peek() != ")":
                raise InvalidError("a parenthesis is not closed", place=_PLACE)
            self._at += 1
            return inner
        if what != "term":
            raise InvalidError("expected a term like score>=70 at the end", place=_PLACE)
        token = self._tokens[self._at]
        self._at += 1
        return self._compare(token)

    def _compare(self, token: _Token) -> Compare:
        if token.text.startswith("tag.") and len(token.text) > len("tag."):
            hint: Any = str
        elif token.text in self._fields:
            hint = self._fields[token.text]
        else:
            known = ", ".join([*self._fields, "tag.<label>"])
            raise InvalidError(f"cannot filter by {token.text[:40]!r}; there are {known}", place=_PLACE)
        if token.operator not in ("=", "!=") and len(token.values) > 1:
            raise InvalidError(f"{token.operator} takes one value, not several", place=token.text)
        if token.operator == "~":
            return Compare(token.text, "~", token.values)
        values = tuple(None if text == "" else _typed(text, hint, token.text) for text in token.values)
        if None in values and token.operator not in ("=", "!="):
            raise InvalidError(f"{token.operator} needs a value", place=token.text)
        return Compare(token.text, token.operator, values)


_EXPECTED: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    datetime: "a moment like 2026-01-31T18:00",
}


def _typed(text: str, hint: Any, field: str) -> Any:
    """Return *text* as a value of the field's type: str, int, float, bool or an aware instant."""
    try:
        if isinstance(hint, type) and issubclass(hint, Enum):
            return hint(text.lower()).value
        if hint is bool:
            return {"true": True, "false": False}[text.lower()]
        if hint in (int, float):
            return _number(text, hint)
        if hint is datetime:
            moment = written_instant(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (KeyError, ValueError):
        expected = _EXPECTED.get(hint, "a value of this field")
        if isinstance(hint, type) and issubclass(hint, Enum):
            expected = f"one of {', '.join(str(member.value) for member in hint)}"
        raise InvalidError(f"{text[:40]!r} is not {expected}", place=field) from None
    return text


def _number(text: str, hint: Any) -> Any:
    """Return *text* as int or float. No store compares with whole numbers of more than 64 bits.

    Raises:
        ValueError: it is no number in plain digits, or longer than any that somebody means.
    """
    if len(text) > _NUMBER_LENGTH or _NUMBERS[hint].fullmatch(text) is None:
        raise ValueError(f"is not in digits, or has more than {_NUMBER_LENGTH} of them")
    return hint(text)
