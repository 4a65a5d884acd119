"""Settings as the numbers that policies compare."""

from checker.model.setting import Setting


def number(setting: Setting | None) -> float | None:
    """A setting's number; None where nothing is in force."""
    return None if setting is None or setting.value is None or setting.state == "inert" else float(setting.value)


def whole(setting: Setting | None) -> int | None:
    """The same for what is counted."""
    return None if setting is None or setting.value is None else int(setting.value)
