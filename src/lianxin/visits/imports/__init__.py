"""Files of field work: consents to positions, visits as made, promises, requests."""

from lianxin.foundation.imports import kinds
from lianxin.visits.imports.consents import PositionConsents
from lianxin.visits.imports.followups import Promises, Requests
from lianxin.visits.imports.visits import Visits

kinds.register(PositionConsents(), Visits(), Promises(), Requests())
