"""What the company agreed with suppliers, and what came of it. Nothing of it concerns a retailer or a manager."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company
from lianxin.goods.models import Product


class SupplierAgreement(models.Model):
    """One line of an agreement: goods of a supplier in a period of whole months. Either a product or a brand stands in it.

    `transferred_units` is empty until the period is over and all that came is known.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="supplier_agreements")
    supplier = models.CharField(max_length=80)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    brand = models.CharField(max_length=80, blank=True)
    first_month = models.DateField(help_text="its first day")
    n_months = models.PositiveSmallIntegerField()
    agreed_units = models.PositiveIntegerField()
    transferred_units = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "supplier", "product", "first_month", "n_months"],
                condition=models.Q(brand=""),
                name="one_supplier_agreement_a_product",
            ),
            models.UniqueConstraint(
                fields=["company", "supplier", "brand", "first_month", "n_months"],
                condition=models.Q(product=None),
                name="one_supplier_agreement_a_brand",
            ),
            models.CheckConstraint(
                condition=models.Q(product=None) ^ models.Q(brand=""), name="supplier_agreement_names_product_or_brand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} {self.first_month:%Y-%m}"
