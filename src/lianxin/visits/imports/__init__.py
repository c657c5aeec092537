"""Files of field work: consents to positions, visits as made, counts in them, promises, requests, travel times by road."""

from lianxin.foundation.imports import kinds
from lianxin.visits.imports.consents import PositionConsents
from lianxin.visits.imports.counts import StockCounts
from lianxin.visits.imports.followups import Promises, Requests
from lianxin.visits.imports.roads import TravelTimes
from lianxin.visits.imports.visits import Visits

kinds.register(PositionConsents(), Visits(), StockCounts(), Promises(), Requests(), TravelTimes())
