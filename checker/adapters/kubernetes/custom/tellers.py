"""What a rule of one form says of a value that breaks it: the place, what is wrong there, how to mend it."""

import re
from typing import Any, NamedTuple

from checker.location import Path
from checker.objects.words import in_words, quoted

Match = re.Match[str]
FIELD = r"self\.(\w+)"
_QUOTED = re.compile(r"""['"]([^'"]*)['"]""")
_LONGEST_SHOWN = 300


class Sentence(NamedTuple):
    """`below`: the place, from that of the value; `what` goes on after the name of the field."""

    below: Path
    what: str
    fix: str


def as_it_is(rule: str, value: Any) -> Sentence:
    """At the one field that the rule is about, if it is about one that is there."""
    named = list(dict.fromkeys(name for name in re.findall(FIELD, rule) if isinstance(value, dict) and name in value))
    shown = rule if len(rule) <= _LONGEST_SHOWN else f"{rule[:_LONGEST_SHOWN]}…"
    return Sentence((named[0],) if len(named) == 1 else (), f"breaks a rule of its definition: {shown}", "change it so that the rule holds")


def only_with(match: Match, value: Any) -> Sentence | None:
    """`field` goes with one `selector` alone."""
    field, selector, wanted = match["field"], match["selector"], match["wanted"]
    if field not in value:
        return None
    given = f"{selector} is {value[selector]}" if selector in value else f"there is no {selector}"
    return Sentence(
        (field,), f"is set, but {given}: it goes with {selector} {wanted} alone", f"remove {field}, or write {selector}: {wanted}"
    )


def needed_by(match: Match, value: Any) -> Sentence | None:
    """A `selector` that cannot be without its `field`."""
    field, selector, wanted = match["field"], match["selector"], match["wanted"]
    if field in value:
        return None
    return Sentence(
        (selector,) if selector in value else (), f"is {wanted}, but {field} is missing", f"add {field}, or choose another {selector}"
    )


def either(match: Match, value: Any) -> Sentence | None:
    """A `selector` and a `field` that go together."""
    return needed_by(match, value) or only_with(match, value)


def not_with(match: Match, value: Any) -> Sentence | None:
    """A `field` that a `selector` excludes."""
    field, selector = match["field"], match["selector"]
    if field not in value:
        return None
    return Sentence(
        (field,), f"is set, which {selector} {value.get(selector)} does not allow", f"remove {field}, or choose another {selector}"
    )


def not_both(match: Match, _: Any) -> Sentence:
    """Two fields that exclude each other."""
    first, second = match[1], match[2]
    return Sentence((second,), f"is set beside {first}; only one of them is possible", f"remove {second} or {first}")


def one_of(match: Match, value: Any) -> Sentence | None:
    """Fields of which exactly one is set."""
    names = list(dict.fromkeys(re.findall(FIELD, match[0])))
    given = [name for name in names if name in value]
    if len(given) > 1:
        return Sentence((given[1],), f"is set beside {given[0]}; only one of them is possible", f"remove {given[1]} or {given[0]}")
    return None if given else _none_of(names)


def some_of(match: Match, value: Any) -> Sentence | None:
    """Fields of which at least one is set."""
    names = list(dict.fromkeys(re.findall(FIELD, match[0])))
    return None if any(value.get(name) for name in names) else _none_of(names)


def _none_of(names: list[str]) -> Sentence:
    return Sentence((), f"has neither {' nor '.join(names)}; one is required", f"add {' or '.join(names)}")


def once(match: Match, value: Any) -> Sentence:
    """A filter that a rule can have once."""
    where = [index for index, item in enumerate(value) if item.get("type") == match["wanted"]]
    return Sentence((where[1],), f"is another {match['wanted']}; the list may have one", "put the two together, or remove one")


def not_together(match: Match, value: Any) -> Sentence:
    """Filters that exclude each other."""
    where = [index for index, item in enumerate(value) if item.get("type") in (match[1], match[2])]
    other = match[1] if value[where[-1]]["type"] == match[2] else match[2]
    return Sentence(
        (where[-1],), f"is a {value[where[-1]]['type']} beside a {other}; only one of them is possible", "remove one of the two"
    )


def words_of(match: Match, value: Any) -> Sentence | None:
    """One field of the value, or of each item, may be one of some words."""
    words = _QUOTED.findall(match["words"])
    allowed = " or ".join(quoted(word) for word in words)
    inner = value.get(match["field"])
    items = [((), inner)] if isinstance(inner, dict) else [((index,), item) for index, item in enumerate(inner or ())]
    for place, item in items:
        given = item.get(match["key"])
        if given not in words:
            return Sentence((match["field"], *place, match["key"]), f"is {in_words(given)}; {allowed} is required", f"write {allowed}")
    return None


def targets(match: Match, _: Any) -> Sentence:
    """A field that only policies for some kinds may have."""
    kinds = " or ".join(_QUOTED.findall(match["words"]))
    return Sentence((match["field"],), f"is set, which is possible for targets of kind {kinds} alone", f"remove {match['field']}")


_PATH_FAULTS = {
    "!self.value.contains('{}')": "contains {}",
    "!self.value.endsWith('{}')": "ends with {}",
    "self.value.startsWith('{}')": "does not begin with {}",
}


def path(match: Match, value: Any) -> Sentence:
    """A path of an HTTPRoute's match."""
    fault, fix = "has characters that a path of a URL cannot have", "write it as in a URL, or as a RegularExpression"
    for form, words in _PATH_FAULTS.items():
        before, _, after = form.partition("{}")
        if match["test"].startswith(before) and match["test"].endswith(after):
            fault, fix = (
                words.format(quoted(match["test"][len(before) : -len(after)])),
                "write the path as servers see it, from its first /",
            )
    return Sentence(("value",), f"is {in_words(value.get('value'))}, which {fault}", fix)


def port(_: Match, value: Any) -> Sentence:
    """A backend that is a Service."""
    return Sentence(("name",), f"is the Service {value.get('name')} without a port; a reference to a Service needs one", "add port")


def listeners(match: Match, value: Any) -> Sentence | None:
    """One of a list of listeners, by the field that is at fault."""
    words = set(re.findall(r"'(\w+)'", match["words"]))
    for index, item in enumerate(value):
        if item.get("protocol") in words and item.get(match["field"]):
            return Sentence(
                (index, match["field"]), f"is set, which protocol {item['protocol']} does not allow", f"remove {match['field']}"
            )
    return None


def tls_mode(match: Match, value: Any) -> Sentence | None:
    """What a listener of one protocol must say of TLS."""
    protocol = match["protocol"]
    for index, item in enumerate(value):
        tls = item.get("tls") or {}
        if item.get("protocol") != protocol:
            continue
        if protocol == "HTTPS" and tls and tls.get("mode") != "Terminate":
            what = f"is {tls.get('mode')}; a listener of protocol HTTPS terminates TLS"
            return Sentence((index, "tls", "mode"), what, "write mode: Terminate, or protocol: TLS")
        if protocol == "TLS" and not tls:
            return Sentence((index, "protocol"), "is TLS, but tls is missing", "add tls with its mode")
    return None


def certificates(_: Match, value: Any) -> Sentence:
    """A listener that terminates TLS."""
    what = "terminates TLS without a certificate: certificateRefs is missing"
    return Sentence(("mode",) if "mode" in value else (), what, "add certificateRefs")


def unique(match: Match, value: Any) -> Sentence | None:
    """Items of a list whose fields, all of them, must not be those of another item."""
    fields = list(dict.fromkeys(re.findall(rf"{match['first']}\.(\w+)", match[0])))
    seen: dict[tuple[Any, ...], int] = {}
    for index, item in enumerate(value):
        known = tuple(item.get(field) for field in fields)
        first = seen.setdefault(known, index)
        if first != index and any(known):
            given = [field for field in fields if item.get(field) not in (None, "")]
            what = f"has the same {', '.join(given[:-1])}{' and ' if given[:-1] else ''}{given[-1]} as item {first} of the list"
            return Sentence((index, given[-1]) if len(given) == 1 else (index,), what, "remove one of the two, or make them differ")
    return None


def same_target(_: Match, value: Any) -> Sentence | None:
    """References to one object, of which some name a part of it and others do not."""
    seen: dict[tuple[Any, ...], int] = {}
    for index, item in enumerate(value):
        known = tuple(item.get(field) for field in ("group", "kind", "namespace", "name"))
        first = seen.setdefault(known, index)
        if first != index and not (item.get("sectionName") and value[first].get("sectionName")):
            what = f"is {item.get('name')}, to which item {first} of the list refers already; each must name its own sectionName or port"
            return Sentence((index, "name"), what, "remove one of the two, or give both a sectionName")
    return None


def compared(match: Match, value: Any) -> Sentence:
    """A number beside another."""
    words = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}[match["sign"]]
    one, other = match["one"], match["other"]
    what = f"is {value.get(one)}, and must be {words} {other} ({value.get(other)})"
    return Sentence((one,) if one in value else (), what, f"change {one} or {other}")


def longer(match: Match, value: Any) -> Sentence:
    """A time that another bounds."""
    one, other = match["longer"], match["shorter"]
    given = value.get(one), value.get(other)
    what = f"is {given[0]}, longer than {other} ({given[1]})" if given[0] != given[1] else f"is {given[0]}, as long as {other}"
    return Sentence((one,), what, f"write a shorter {one}, or a longer {other}")


def too_many_matches(match: Match, value: Any) -> Sentence:
    """Of all rules of a route together."""
    count = sum(len(item.get("matches") or ()) for item in value)
    return Sentence((), f"have {count} matches in all; {match['most']} are possible", "make several routes of it")


def prefixes(_: Match, value: Any) -> Sentence:
    """A filter that replaces a prefix where none was matched."""
    what = "must be one match, of a path of type PathPrefix, for a filter to replace that prefix (ReplacePrefixMatch)"
    return Sentence(("matches",) if "matches" in value else (), what, "make a rule of each match, or use ReplaceFullPath")


def redirect(_: Match, value: Any) -> Sentence:
    """Which leaves nothing for backends."""
    index = next(index for index, item in enumerate(value["filters"]) if "requestRedirect" in item)
    return Sentence(("filters", index), "redirects all requests of a rule that has backendRefs", "remove the filter, or the backendRefs")


def address(_: Match, value: Any) -> Sentence:
    """Of a Gateway."""
    return Sentence(("value",), f"is {in_words(value.get('value'))}, and no IP address", "write an IP address, or type: Hostname")


def host(_: Match, value: Any) -> Sentence:
    """As an address of a Gateway."""
    return Sentence(("value",), f"is {in_words(value.get('value'))}, and no host name", "write a name such as shop.example.com")


def no_address(_: Match, value: Any) -> Sentence | None:
    """Host names that are IP addresses."""
    for index, item in enumerate(value):
        if item.replace(".", "").isdecimal() or ":" in item:
            return Sentence((index,), f"is {in_words(item)}, an IP address; host names alone are possible", "write a host name")
    return None


def unsupported(match: Match, _: Any) -> Sentence:
    """A field that the schema has and no rule allows."""
    return Sentence((match[1],), "is not supported here", f"use {match[1]}s")


def impossible(_: Match, value: Any) -> Sentence:
    """One value that is excluded."""
    return Sentence((), f"is {in_words(value)}, which is not possible here", "write another value")


def positive_duration(_: Match, value: Any) -> Sentence:
    """A time that may not be zero."""
    return Sentence((), f"is {value}, and must be longer than 0s", "write a longer time")
