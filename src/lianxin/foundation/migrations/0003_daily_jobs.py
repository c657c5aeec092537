from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0002_stored_mappings"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="daily_on",
            field=models.DateField(
                help_text="The company's day of a daily job; none is queued twice for one day.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("daily_on__isnull", False)),
                fields=("company", "kind", "daily_on"),
                name="one_daily_job_a_day",
            ),
        ),
    ]
