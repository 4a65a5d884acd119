"""Facts about what a container does before its program runs."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from checker.facts.fields import Field
from checker.model.types import Container

STARTUP_FIELDS = {
    "container.startup_sleep_seconds": Field("double", "seconds it sleeps before its program starts; else 0", ("command",)),
}
_SHELLS = re.compile(r"(?:^|/)(?:ba|da|a|z|k)?sh$")
_SLEEP = re.compile(r"(?<![\w./-])sleep\s+(\d+(?:\.\d+)?)([smh]?)(?![\w.])\s*(?P<after>.*)", re.DOTALL)
_LOOP = re.compile(r"\b(?:while|until|for|trap)\b")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_ENDS = re.compile(r"^(?:\s|;|&&|\|\|)*(?:true|exit\s*\d*|echo\b[^;&]*|done)?(?:\s|;)*$")


def startup_facts(container: Container) -> Mapping[str, Any]:
    """Sleeps in loops wait for something, and do not count; nor does one after which nothing runs, but in an init container."""
    words = [str(word) for key in ("command", "args") for word in container.data.get(key) or ()]
    return {"container.startup_sleep_seconds": _slept(words, container.role) if any("sleep" in word for word in words) else 0.0}


def _slept(words: Sequence[str], role: str) -> float:
    if words[0].rpartition("/")[2] == "sleep":
        script = " ".join(words)
    elif _SHELLS.search(words[0]) and len(words) > 1:
        script = words[-1]
    else:
        return 0.0
    found = _SLEEP.search(script)
    if not found or _LOOP.search(script[: found.start()]):
        return 0.0
    ends = _ENDS.match(found["after"]) is not None
    return float(found[1]) * _SECONDS[found[2]] if not ends or role == "init" else 0.0
