"""The messages of Envoy's API that a configuration of routes and clusters is made of, as far as `envoy_messages.json` has them."""

import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from checker.errors import did_you_mean
from checker.model.protobuf import camel


@cache
def messages() -> Mapping[str, Mapping[str, str]]:
    """Kinds of fields by message and name: `duration`, `uint32`, `uint64`, `bool`, `text`, `any`, or another message."""
    loaded: dict[str, Any] = json.loads(pkgutil.get_data("checker.model", "envoy_messages.json") or b"{}")
    return {name: fields for name, fields in loaded.items() if isinstance(fields, dict)}


@cache
def fields_of(message: str) -> Mapping[str, str]:
    """The fields of a message in both spellings."""
    return {key: kind for name, kind in messages().get(message, {}).items() for key in (name, camel(name))}


@cache
def slip(message: str, key: str) -> str:
    """What was probably meant by a name that is no field, as a question; empty for fields, and for names that resemble none.

    Of the latter nothing is said: an Envoy that is newer may know them.
    """
    known = fields_of(message)
    return "" if not known or key in known or key == "@type" else did_you_mean(key, known, "")
