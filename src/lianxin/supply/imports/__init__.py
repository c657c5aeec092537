"""Files of allocation: what retailers asked for, how much there is, allocations made elsewhere; agreements with suppliers."""

from lianxin.foundation.imports import kinds
from lianxin.supply.imports.allocations import Allocations
from lianxin.supply.imports.requests import Requests
from lianxin.supply.imports.suppliers import SupplierAgreements
from lianxin.supply.imports.supplies import Supplies

kinds.register(Requests(), Supplies(), Allocations(), SupplierAgreements())
