"""Whether visits were made and notes were written by whoever says so: rules, copies, risk, monthly indicators.

`verify(visits, retailers, witnesses, checks, engine=…)` gives all of it; `RULES` the words of the rules; `differing` two notes side
by side. Nothing here is proof: a phone's web page cannot tell a false position from a true one.
"""

from lianxin.core.verifying.calibrating import Calibration, calibrated
from lianxin.core.verifying.contracts import CHECKS, RETAILERS, VISITS, WITNESSES
from lianxin.core.verifying.notes import copies, differing
from lianxin.core.verifying.rules import RULES, Rule
from lianxin.core.verifying.verify import Verified, verify

__all__ = [
    "CHECKS",
    "RETAILERS",
    "RULES",
    "VISITS",
    "WITNESSES",
    "Calibration",
    "Rule",
    "Verified",
    "calibrated",
    "copies",
    "differing",
    "verify",
]
