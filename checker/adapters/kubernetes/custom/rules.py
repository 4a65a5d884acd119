"""What a broken rule says, told by the form of the rule: which field it is about, what is wrong with it, how to mend it.

The rules are CEL on `self`. Most are of a few forms; those that are of none are shown as they are.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from checker.location import Path
from checker.objects.words import in_words, quoted

_LONGEST_SHOWN = 300


class Sentence(NamedTuple):
    """`below`: the place, from that of the value; `what` goes on after the name of the field."""

    below: Path
    what: str
    fix: str


_Teller = Callable[[re.Match[str], Any], "Sentence | None"]
_F = r"self\.(\w+)"


def sentence(rule: str, value: Any) -> Sentence:
    """For a value that breaks the rule."""
    for form, teller in _FORMS:
        match = form.fullmatch(rule)
        if match and (told := teller(match, value)):
            return told
    return _as_it_is(rule, value)


def _as_it_is(rule: str, value: Any) -> Sentence:
    """At the one field that the rule is about, if it is about one that is there."""
    named = list(dict.fromkeys(name for name in re.findall(_F, rule) if isinstance(value, dict) and name in value))
    shown = rule if len(rule) <= _LONGEST_SHOWN else f"{rule[:_LONGEST_SHOWN]}…"
    return Sentence((named[0],) if len(named) == 1 else (), f"breaks a rule of its definition: {shown}", "change it so that the rule holds")


def _only_with(match: re.Match[str], value: Any) -> Sentence | None:
    """`field` goes with one `selector` alone."""
    field, selector, wanted = match["field"], match["selector"], match["wanted"]
    if field not in value:
        return None
    given = f"{selector} is {value[selector]}" if selector in value else f"there is no {selector}"
    return Sentence(
        (field,), f"is set, but {given}: it goes with {selector} {wanted} alone", f"remove {field}, or write {selector}: {wanted}"
    )


def _needed_by(match: re.Match[str], value: Any) -> Sentence | None:
    """A `selector` that cannot be without its `field`."""
    field, selector, wanted = match["field"], match["selector"], match["wanted"]
    if field in value:
        return None
    return Sentence(
        (selector,) if selector in value else (), f"is {wanted}, but {field} is missing", f"add {field}, or choose another {selector}"
    )


def _either(match: re.Match[str], value: Any) -> Sentence | None:
    return _needed_by(match, value) or _only_with(match, value)


def _not_with(match: re.Match[str], value: Any) -> Sentence | None:
    field, selector = match["field"], match["selector"]
    if field not in value:
        return None
    return Sentence(
        (field,), f"is set, which {selector} {value.get(selector)} does not allow", f"remove {field}, or choose another {selector}"
    )


def _not_both(match: re.Match[str], _: Any) -> Sentence:
    first, second = match[1], match[2]
    return Sentence((second,), f"is set beside {first}; only one of them is possible", f"remove {second} or {first}")


def _one_of(match: re.Match[str], value: Any) -> Sentence | None:
    names = list(dict.fromkeys(re.findall(_F, match[0])))
    given = [name for name in names if name in value]
    if len(given) > 1:
        return Sentence((given[1],), f"is set beside {given[0]}; only one of them is possible", f"remove {given[1]} or {given[0]}")
    return None if given else _none_of(names)


def _some_of(match: re.Match[str], value: Any) -> Sentence | None:
    names = list(dict.fromkeys(re.findall(_F, match[0])))
    return None if any(value.get(name) for name in names) else _none_of(names)


def _none_of(names: list[str]) -> Sentence:
    return Sentence((), f"has neither {' nor '.join(names)}; one is required", f"add {' or '.join(names)}")


def _once(match: re.Match[str], value: Any) -> Sentence:
    where = [index for index, item in enumerate(value) if item.get("type") == match["wanted"]]
    return Sentence((where[1],), f"is another {match['wanted']}; the list may have one", "put the two together, or remove one")


def _not_together(match: re.Match[str], value: Any) -> Sentence:
    where = [index for index, item in enumerate(value) if item.get("type") in (match[1], match[2])]
    other = match[1] if value[where[-1]]["type"] == match[2] else match[2]
    return Sentence(
        (where[-1],), f"is a {value[where[-1]]['type']} beside a {other}; only one of them is possible", "remove one of the two"
    )


def _words_of(match: re.Match[str], value: Any) -> Sentence | None:
    """One field of the value, or of each item, may be one of some words."""
    words = re.findall(r"'([^']*)'", match["words"])
    allowed = " or ".join(quoted(word) for word in words)
    path: Path = (match["field"],)
    inner = value.get(match["field"])
    items = [(path, inner)] if isinstance(inner, dict) else [((*path, index), item) for index, item in enumerate(inner or ())]
    for place, item in items:
        if item.get(match["key"]) not in words:
            return Sentence((*place, match["key"]), f"is {in_words(item.get(match['key']))}; {allowed} is required", f"write {allowed}")
    return None


_PATH_FAULTS = {
    "!self.value.contains('{}')": "contains {}",
    "!self.value.endsWith('{}')": "ends with {}",
    "self.value.startsWith('{}')": "does not begin with {}",
}


def _path(match: re.Match[str], value: Any) -> Sentence:
    test = match["test"]
    fault = "has characters that a path cannot have"
    for form, words in _PATH_FAULTS.items():
        before, _, after = form.partition("{}")
        if test.startswith(before) and test.endswith(after):
            fault = words.format(quoted(test[len(before) : -len(after)]))
    kind = f"a path of type {value.get('type')}"
    return Sentence(
        ("value",),
        f"is {in_words(value.get('value'))}, and {fault}; {kind} cannot",
        "write the path as it stands in a URL, from its first /",
    )


def _port(_: re.Match[str], value: Any) -> Sentence:
    return Sentence(("name",), f"is the Service {value.get('name')} without a port; a reference to a Service needs one", "add port")


def _listeners(match: re.Match[str], value: Any) -> Sentence | None:
    """One of a list of listeners, by the field that is at fault."""
    words = set(re.findall(r"'(\w+)'", match["words"]))
    for index, item in enumerate(value):
        if item.get("protocol") in words and item.get(match["field"]):
            return Sentence(
                (index, match["field"]), f"is set, which protocol {item['protocol']} does not allow", f"remove {match['field']}"
            )
    return None


def _tls_mode(match: re.Match[str], value: Any) -> Sentence | None:
    for index, item in enumerate(value):
        tls = item.get("tls") or {}
        if item.get("protocol") == match["protocol"] and (not tls or (match["protocol"] == "HTTPS" and tls.get("mode") != "Terminate")):
            wanted = "mode Terminate" if match["protocol"] == "HTTPS" else "a tls with a mode"
            place = (index, "tls", "mode") if tls else (index, "protocol")
            return Sentence(
                place,
                f"is {tls.get('mode') or item['protocol']}; a listener of protocol {item['protocol']} needs {wanted}",
                f"write {wanted}",
            )
    return None


def _unique(match: re.Match[str], value: Any) -> Sentence | None:
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


def _longer(match: re.Match[str], value: Any) -> Sentence:
    longer, shorter = match["longer"], match["shorter"]
    what = f"is {value.get(longer)}, longer than {shorter} ({value.get(shorter)})"
    return Sentence((longer,), what, f"write at most {value.get(shorter)}, or a longer {shorter}")


def _redirect(_: re.Match[str], value: Any) -> Sentence:
    index = next(index for index, item in enumerate(value.get("filters", ())) if "requestRedirect" in item)
    return Sentence(("filters", index), "redirects all requests of a rule that has backendRefs", "remove the filter, or the backendRefs")


def _address(_: re.Match[str], value: Any) -> Sentence:
    return Sentence(("value",), f"is {in_words(value.get('value'))}, and no IP address", "write an IP address, or type: Hostname")


def _host(_: re.Match[str], value: Any) -> Sentence:
    return Sentence(("value",), f"is {in_words(value.get('value'))}, and no host name", "write a name such as shop.example.com")


_SELECTOR, _WANTED, _FIELD = r"self\.(?P<selector>\w+)", r"""['"](?P<wanted>\w+)['"]""", r"has\(self\.(?P<field>\w+)\)"
_IS, _IS_NOT = rf"{_SELECTOR} == {_WANTED}", rf"{_SELECTOR} != {_WANTED}"
_FORMS: tuple[tuple[re.Pattern[str], _Teller], ...] = tuple((re.compile(form), teller) for form, teller in (
    (rf"{_IS} \? {_FIELD} : !has\(self\.(?P=field)\)", _either),
    (rf"!\({_FIELD} && {_IS_NOT}\)", _only_with),
    (rf"{_FIELD} \? {_IS} : true", _only_with),
    (rf"!{_FIELD} \|\| {_IS}", _only_with),
    (rf"{_IS} \|\| !{_FIELD}", _only_with),
    (rf"!\(!{_FIELD} && {_IS}\)", _needed_by),
    (rf"(?:has\(self\.\w+\) && )?{_IS} \? {_FIELD} : true", _needed_by),
    (rf"\((?:!?has\(self\.\w+\) (?:&&|\|\|) )?{_IS}\) ?\? {_FIELD} : true", _needed_by),
    (rf"{_IS_NOT} \|\| {_FIELD}", _needed_by),
    (rf"(?:has\(self\.\w+\) && )?{_IS} \? !{_FIELD} : true", _not_with),
    (rf"{_SELECTOR} in \[[^]]*\] \? !{_FIELD} : true", _not_with),
    (rf"!\(has\({_F}\) && has\({_F}\)\)", _not_both),
    (rf"!has\({_F}\) \|\| !has\({_F}\)", _not_both),
    (rf"\(has\({_F}\) && !has\({_F}\)\) \|\| \(!has\({_F}\) && has\({_F}\)\)", _one_of),
    (rf"\(?has\({_F}\)(?: \|\| has\({_F}\))+\)?", _some_of),
    (rf"has\({_F}\) \|\| self\.\w+\.size\(\) > 0", _some_of),
    (rf"self\.filter\(f, f\.type == {_WANTED}\)\.size\(\) <= 1", _once),
    (r"!\(self\.exists\(f, f\.type == '(\w+)'\) && self\.exists\(f, f\.type == '(\w+)'\)\)", _not_together),
    (r"has\(self\.(?P<field>\w+)\) \? self\.(?P=field)\.(?P<key>\w+) in (?P<words>\[[^]]*\]) : true", _words_of),
    (r"has\(self\.(?P<field>\w+)\) \? self\.(?P=field)\.(?P<key>\w+) == (?P<words>'[^']*') : true", _words_of),
    (r"has\(self\.(?P<field>\w+)\) \? self\.(?P=field)\.all\(\w+, \w+\.(?P<key>\w+) in (?P<words>\[[^]]*\])\) : true", _words_of),
    (r"has\(self\.(?P<field>\w+)\) \? self\.(?P=field)\.all\(\w+, \w+\.(?P<key>\w+) == (?P<words>'[^']*')\) : true", _words_of),
    (r"\(self\.type in \['Exact','PathPrefix'\]\) \? (?P<test>!?self\.value\.\w+\(.*\)) : true", _path),
    (r"\(size\(self\.group\) == 0 && self\.kind == 'Service'\) \? has\(self\.port\) : true", _port),
    (r"self\.all\(l, l\.protocol in (?P<words>\[[^]]*\]) +\? \(?!has\(l\.(?P<field>\w+)\).*", _listeners),
    (r"self\.all\(l, \(l\.protocol == '(?P<protocol>\w+)' .*l\.tls.*", _tls_mode),
    (r"self\.all\((?P<first>\w+), (?:!has\(\w+\.\w+\) \|\| |.* && has\(\w+\.value\) \? )?self\.exists_one\(.*", _unique),
    (r"!has\(self\.timeout\) .*duration\(self\.(?P<longer>\w+)\) < duration\(self\.(?P<shorter>\w+)\)", _longer),
    (r"!\(has.*duration\(self\.(?P<longer>\w+)\) > duration\(self\.(?P<shorter>\w+)\)\)", _longer),
    (r"\(has\(self\.backendRefs\).*f, !has\(f\.requestRedirect\)\)\): true", _redirect),
    (r"self\.type == 'IPAddress' && has\(self\.value\) \? isIP.*", _address),
    (r"self\.type == 'Hostname' \? \(!has\(self\.value\) \|\| self\.value\.matches.*", _host),
))  # fmt: skip
