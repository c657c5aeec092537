from datetime import date
from typing import Any

from django.db import migrations, models

from lianxin.foundation.facts import the_lake

# Tables of the lake as they are named when this migration is written: whatever comes later moves them on.
TABLES = (("round_lines", "round_week_lines"), ("round_plain", "round_week_plain"))


def part_weeks(apps: Any, schema_editor: Any) -> None:
    """Lines of weekly rounds leave the tables of monthly ones. Run again after a fault, it goes on where it stopped."""
    rows = apps.get_model("demand", "Round").objects.using(schema_editor.connection.alias).filter(period="week")
    for company_id, first in rows.order_by("pk").values_list("company_id", "first_period"):
        for old, new in TABLES:
            move(old, new, company_id, first)


def move(old: str, new: str, company_id: int, first: date) -> None:
    lake = the_lake()
    held = lake.read(old, company_id=company_id, months=[first])
    if held.num_rows:
        lake.replace_months(new, company_id, [first], held)
        lake.replace_months(old, company_id, [first], held.slice(0, 0))


class Migration(migrations.Migration):

    dependencies = [
        ('demand', '0007_hints_of_visits'),
        ('foundation', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='round',
            name='one_round_a_first_period',
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.UniqueConstraint(fields=('company', 'period', 'first_period'), name='one_round_a_kind_of_period_and_day'),
        ),
        # There is no way back: by then a month and a week may begin on one day, which the old tables cannot hold.
        migrations.RunPython(part_weeks),
    ]
