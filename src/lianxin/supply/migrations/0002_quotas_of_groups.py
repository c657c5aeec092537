"""Quotas of groups within a tier are kept, so that pages can show them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("goods", "0001_initial"), ("supply", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="RoundQuota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quota_group", models.CharField(help_text="values of the attributes, joined by |", max_length=300)),
                ("tier", models.SmallIntegerField()),
                ("quota_units", models.PositiveBigIntegerField()),
                ("n_requests", models.PositiveIntegerField()),
                ("taken_units", models.PositiveBigIntegerField()),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="goods.product"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="quotas", to="supply.round"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "product", "quota_group", "tier"), name="one_quota_a_group_and_tier"
                    )
                ],
            },
        ),
    ]
