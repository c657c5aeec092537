"""The verbs of this room. Each is one transaction but `close`, which is many and restartable at every one."""

from lianxin.appraisal.actions.closing import Outcome, close
from lianxin.appraisal.actions.schemes import adopt, change_draft, consult, draft, install_preset, reopen, retire

__all__ = [
    "Outcome",
    "adopt",
    "change_draft",
    "close",
    "consult",
    "draft",
    "install_preset",
    "reopen",
    "retire",
]
