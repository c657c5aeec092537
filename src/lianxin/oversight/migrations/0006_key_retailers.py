import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0005_rules_of_earlier_questions"),
        ("people", "0001_initial"),
        ("retailers", "0003_trade_area"),
    ]
    operations = [
        migrations.CreateModel(
            name="KeyRetailerVerdict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("yes", "Looks hollow"),
                            ("no", "Nothing stands out"),
                            ("cannot_tell", "Cannot tell"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "because",
                    models.CharField(
                        choices=[
                            ("visited", "Visited"),
                            ("never", "No visit was made"),
                            ("only_hollow", "Only visits that look hollow"),
                            ("untold", "Nobody can tell of its visits"),
                            ("part_of_month", "Held, or a key retailer, for a part of the month"),
                            ("excused", "A planned visit was excused"),
                            ("not_over", "The month is not over"),
                        ],
                        max_length=13,
                    ),
                ),
                ("n_visits", models.PositiveIntegerField()),
                ("n_hollow", models.PositiveIntegerField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "retailer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="retailers.retailer"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="key_retailers",
                        to="oversight.verificationrun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run", "retailer"), name="one_verdict_a_key_retailer_and_run")
                ],
            },
        ),
    ]
