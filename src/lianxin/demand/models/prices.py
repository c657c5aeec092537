from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.retailers.models import Retailer


class SurveyedPrice(models.Model):
    """What a shop asked for one order unit of a product on a day, as an office's survey of prices found it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    source = models.CharField(max_length=60, help_text="which survey, as its office calls it")
    price_fen = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["retailer", "product", "day", "source"], name="one_surveyed_price_a_day"),
            models.CheckConstraint(condition=models.Q(price_fen__gt=0), name="surveyed_price_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.day:%Y-%m-%d}"
