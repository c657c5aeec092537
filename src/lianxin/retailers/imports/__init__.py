"""Files of retailers and of territories."""

from lianxin.foundation.imports import kinds
from lianxin.retailers.imports.masters import Retailers
from lianxin.retailers.imports.territories import Territories

kinds.register(Retailers(), Territories())
