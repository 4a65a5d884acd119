"""What a broken rule says, told by the form of the rule: which field it is about, what is wrong with it, how to mend it.

The rules are CEL on `self`. Most are of a few forms; those that are of none are shown as they are.
"""

import re
from collections.abc import Callable
from typing import Any

from checker.adapters.kubernetes.custom import tellers as tell
from checker.adapters.kubernetes.custom.tellers import FIELD, Sentence


def sentence(rule: str, value: Any) -> Sentence:
    """For a value that breaks the rule."""
    for form, teller in _FORMS:
        match = form.fullmatch(rule)
        if match and (told := teller(match, value)):
            return told
    return tell.as_it_is(rule, value)


_SELECTOR, _WANTED, _HAS = r"self\.(?P<selector>\w+)", r"""['"](?P<wanted>\w+)['"]""", r"has\(self\.(?P<field>\w+)\)"
_IS, _IS_NOT = rf"{_SELECTOR} == {_WANTED}", rf"{_SELECTOR} != {_WANTED}"
_ITS = r"has\(self\.(?P<field>\w+)\) \? \(?self\.(?P=field)"
_Teller = Callable[[re.Match[str], Any], Sentence | None]
_FORMS: tuple[tuple[re.Pattern[str], _Teller], ...] = tuple((re.compile(form), teller) for form, teller in (
    # a field that goes with one word of another field, which selects it
    (rf"{_IS} \? {_HAS} : !has\(self\.(?P=field)\)", tell.either),
    (rf"!\({_HAS} && {_IS_NOT}\)", tell.only_with),
    (rf"{_HAS} \? {_IS} : true", tell.only_with),
    (rf"!{_HAS} \|\| {_IS}", tell.only_with),
    (rf"{_IS} \|\| !{_HAS}", tell.only_with),
    (rf"!\(!{_HAS} && {_IS}\)", tell.needed_by),
    (rf"(?:has\(self\.\w+\) && )?{_IS} \? {_HAS} : true", tell.needed_by),
    (rf"\((?:!?has\(self\.\w+\) (?:&&|\|\|) )?{_IS}\) ?\? {_HAS} : true", tell.needed_by),
    (rf"{_IS_NOT} \|\| {_HAS}", tell.needed_by),
    (rf"(?:has\(self\.\w+\) && )?{_IS} \? !{_HAS} : true", tell.not_with),
    (rf"{_IS_NOT} \|\| !{_HAS}", tell.not_with),
    (rf"{_SELECTOR} in \[[^]]*\] \? !{_HAS} : true", tell.not_with),
    # fields of which one, or some, are set
    (rf"!\(has\({FIELD}\) && has\({FIELD}\)\)", tell.not_both),
    (rf"!has\({FIELD}\) \|\| !has\({FIELD}\)", tell.not_both),
    (rf"!\(has\({FIELD}\) && size\(self\.\w+\) > 0 && has\({FIELD}\) && self\.\w+ != \"\"\)", tell.not_both),
    (rf"\(has\({FIELD}\) && !has\({FIELD}\)\) \|\| \(!has\({FIELD}\) && has\({FIELD}\)\)(?: \|\| .*targetSelectors.*)?", tell.one_of),
    (r"(?:\(?has\(self\.\w+\) \? 1 : 0\)(?: \+ )?)+ == 1|\[.*\]\.filter\(x, x\)\.size\(\) == 1", tell.one_of),
    (rf"\(?has\({FIELD}\)(?: \|\| has\({FIELD}\))+\)?", tell.some_of),
    (rf"has\({FIELD}\) \|\| self\.\w+\.size\(\) > 0", tell.some_of),
    (r"\(has\(self\.(\w+)\) && size\(self\.\1\) > 0 \|\| has\(self\.(\w+)\) && self\.\2 != \"\"\)", tell.some_of),
    # words
    (rf"{_ITS}\.(?P<key>\w+) (?:in|==) (?P<words>\[[^]]*\]|'[^']*') : true", tell.words_of),
    (rf"{_ITS}\.all\(\w+, \w+\.(?P<key>\w+) (?:in|==) (?P<words>.*)\)\)? : true", tell.words_of),
    (r"!has\(self\.(?P<field>\w+)\) \|\| \(\(!has\(self\.targetRef\).*kind in (?P<words>\[[^]]*\]).*", tell.targets),
    (r"self != (?:'.*'|\".*\")", tell.impossible),
    (rf"!has\({FIELD}\)", tell.unsupported),
    # amounts
    (r"self\.(?P<one>\w+) (?P<sign>[<>]=?) self\.(?P<other>\w+)", tell.compared),
    (r"!has\(self\.\w+\) \|\| self\.(?P<one>\w+) (?P<sign>[<>]=?) self\.(?P<other>\w+)", tell.compared),
    (r"!has\(self\.timeout\) .*duration\(self\.(?P<longer>\w+)\) < duration\(self\.(?P<shorter>\w+)\)", tell.longer),
    (r"!\(has.*duration\(self\.(?P<longer>\w+)\) > duration\(self\.(?P<shorter>\w+)\)\)", tell.longer),
    (r"duration\(self\) > duration\('0s'\)", tell.positive_duration),
    (r"\(self\.size\(\) > 0 \? .*\bmatches\.size\(\) .*<= (?P<most>\d+)", tell.too_many_matches),
    # lists
    (rf"self\.filter\(f, f\.type == {_WANTED}\)\.size\(\) <= 1", tell.once),
    (r"!\(self\.exists\(f, f\.type == '(\w+)'\) && self\.exists\(f, f\.type == '(\w+)'\)\)", tell.not_together),
    (r"self\.all\(p1, self\.all\(p2, .*sectionName.*", tell.same_target),
    (r"self\.all\((?P<first>\w+), (?:!has\(\w+\.\w+\) \|\| |.* && has\(\w+\.value\) \? )?self\.exists_one\(.*", tell.unique),
    # single fields of Gateway API
    (r"\(self\.type in \['Exact','PathPrefix'\]\) \? (?P<test>!?self\.value\.\w+\(.*\)) : true", tell.path),
    (r"\(size\(self\.group\) == 0 && self\.kind == 'Service'\) \? has\(self\.port\) : true", tell.port),
    (r"self\.all\(l, l\.protocol in (?P<words>\[[^]]*\]) +\? \(?!has\(l\.(?P<field>\w+)\).*", tell.listeners),
    (r"self\.all\(l, \(l\.protocol == '(?P<protocol>\w+)' .*l\.tls.*", tell.tls_mode),
    (r"self\.mode == 'Terminate' \? size\(self\.certificateRefs\) > 0.*", tell.certificates),
    (r"\(has\(self\.\w+\) && self\.\w+\.exists_one\(.*ReplacePrefixMatch.*PathPrefix.*", tell.prefixes),
    (r"\(has\(self\.backendRefs\).*f, !has\(f\.requestRedirect\)\)\): true", tell.redirect),
    (r"self\.type == 'IPAddress' && has\(self\.value\) \? isIP.*", tell.address),
    (r"self\.type == 'Hostname' \? \(!has\(self\.value\) \|\| self\.value\.matches.*", tell.host),
    (r"self\.all\(h, !isIP\(h\)\)", tell.no_address),
))  # fmt: skip
