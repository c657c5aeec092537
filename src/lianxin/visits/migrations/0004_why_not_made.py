import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("visits", "0003_what_retailers_write"),
    ]

    operations = [
        migrations.CreateModel(
            name="NotMade",
            fields=[
                (
                    "id",
                    models.CharField(
                        help_text="made by the phone, or here", max_length=40, primary_key=True, serialize=False
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("closed", "The shop was closed"),
                            ("asked_later", "The retailer asked for another time"),
                            ("other_work", "Called away to other work"),
                            ("no_time", "Earlier visits took longer"),
                            ("road", "Road or vehicle"),
                            ("by_phone", "Settled by telephone"),
                            ("gone", "The shop has moved or closed down"),
                            ("overlooked", "Overlooked"),
                            ("other", "Another reason"),
                        ],
                        max_length=12,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=300)),
                ("said_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "planned",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="not_made", to="visits.plannedvisit"
                    ),
                ),
            ],
        ),
    ]
