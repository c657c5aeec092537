"""What is valid of targets."""

from lianxin.core.errors import UnknownIndicator
from lianxin.core.measuring.registry import indicator_of


def is_indicator(code: str) -> bool:
    """Whether targets can be set for the code: a registered indicator, or a member of a registered family."""
    try:
        indicator_of(code)
    except UnknownIndicator:
        return False
    return True
