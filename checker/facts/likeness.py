"""Whether one name looks like a slip of another: evidence that something near was meant."""

# Two thirds alike: wep and web, payment and payments-v2.
_SLIP = 0.65


def alike(left: str, right: str) -> bool:
    """Whether one is the other with something added, or with a slip of the pen."""
    if left.startswith(right) or right.startswith(left):
        return True
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, left, right)
    return matcher.real_quick_ratio() > _SLIP and matcher.quick_ratio() > _SLIP and matcher.ratio() > _SLIP
