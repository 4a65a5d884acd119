"""Every fact about an edge that comes from a setting is unknown when the setting is."""

from checker.facts.edge import EDGE_FIELDS
from checker.facts.fields import Unknown
from checker.facts.untold import ROOMS, with_unknown
from checker.model.setting import Origin, Setting

# Rooms whose facts come from other things than settings.
_OTHERS = {"edge", "route", "destination", "refusal", "hop1", "hop2", "hop3"}


def test_a_new_room_of_facts_says_what_it_hangs_on():
    assert {name.partition(".")[0] for name in EDGE_FIELDS} <= _OTHERS | ROOMS.keys()


def test_only_facts_that_hang_on_the_setting_are_unknown():
    untold = {"retry_attempts": Setting(None, "unknown", Origin("EnvoyFilter/web/patch"), "EnvoyFilter/web/patch changes it")}
    facts = {"retries.attempts": 0, "retries.per_try_seconds": 1.0, "timeout.request_seconds": 2.0, "edge.amplification": 1}
    told = with_unknown(facts, untold)
    assert {name for name, value in told.items() if isinstance(value, Unknown)} == {"retries.attempts", "edge.amplification"}
    assert told["retries.attempts"].why == "retry attempts: EnvoyFilter/web/patch changes it"
