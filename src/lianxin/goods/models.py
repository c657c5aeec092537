"""Products and their dated versions. Money in fen per order unit; unknown stays null."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company


class Product(models.Model):
    """The identity. `name` repeats the newest version, for lists and search."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="products")
    product_code = models.CharField(max_length=40)
    name = models.CharField(max_length=160)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "product_code"], name="one_product_a_code")]

    def __str__(self) -> str:
        return self.name


class ProductVersion(models.Model):
    """What was true of a product from a day on, until the next version."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="versions")
    valid_from = models.DateField()
    name = models.CharField(max_length=160)
    producer = models.CharField(max_length=120, blank=True)
    price_class = models.CharField(max_length=40, blank=True)
    order_unit = models.CharField(max_length=20, blank=True)
    wholesale_price_fen = models.BigIntegerField(null=True, blank=True)
    cost_price_fen = models.BigIntegerField(null=True, blank=True)
    guide_retail_price_fen = models.BigIntegerField(null=True, blank=True)
    listed_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "valid_from"], name="one_product_version_a_day")
        ]
