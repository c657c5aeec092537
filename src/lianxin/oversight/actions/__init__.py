"""The verbs of supervision: flags here, checks, rule sets and runs in their own modules."""

from lianxin.oversight.actions.flags import answer, close, go_on_unheard, open, recheck, report_corrected, take_up
from lianxin.oversight.actions.standing import adopt_again

__all__ = ["adopt_again", "answer", "close", "go_on_unheard", "open", "recheck", "report_corrected", "take_up"]
