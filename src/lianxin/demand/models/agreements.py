from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.goods.models import Product
from lianxin.retailers.models import Retailer


class Agreement(models.Model):
    """What a retailer agreed by its own will to take of a product in a month. A revision is a new row; it binds nobody."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="demand_agreements")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="its first day")
    units = models.PositiveIntegerField()
    is_withdrawn = models.BooleanField(default=False)
    agreed_at = models.DateTimeField()
    entered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="who wrote down what the retailer said; empty for a file and for the retailer itself",
    )  # fmt: skip
    by_retailer = models.BooleanField(default=False, help_text="entered by the retailer itself, on its own pages")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "retailer", "product", "month", "agreed_at"], name="one_agreement_an_instant"
            )
        ]
