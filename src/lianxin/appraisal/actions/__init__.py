"""The verbs of this room. Each is one transaction but `close`, which is many and restartable at every one."""

from lianxin.appraisal.actions.closing import Outcome, close
from lianxin.appraisal.actions.judgements import judge
from lianxin.appraisal.actions.paying import confirm_pay, propose_pay, turn_down_pay
from lianxin.appraisal.actions.reviews import answer_review, ask_review
from lianxin.appraisal.actions.schemes import adopt, change_draft, consult, draft, install_preset, reopen, retire
from lianxin.appraisal.actions.trials import run_trial, verify

__all__ = [
    "Outcome",
    "adopt",
    "answer_review",
    "ask_review",
    "change_draft",
    "close",
    "confirm_pay",
    "consult",
    "draft",
    "install_preset",
    "judge",
    "propose_pay",
    "reopen",
    "retire",
    "run_trial",
    "turn_down_pay",
    "verify",
]
