"""Files of allocation: what retailers asked for, how much there is, and allocations made elsewhere."""

from lianxin.foundation.imports import kinds
from lianxin.supply.imports.allocations import Allocations
from lianxin.supply.imports.requests import Requests
from lianxin.supply.imports.supplies import Supplies

kinds.register(Requests(), Supplies(), Allocations())
