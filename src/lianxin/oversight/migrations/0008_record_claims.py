import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oversight", "0007_on_planned_day"), ("visits", "0003_what_retailers_write")]
    operations = [
        migrations.CreateModel(
            name="RecordClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[('visits', 'Visits'), ('stock_counts', 'Stock counts'), ('price_tags', 'Price tag checks'), ('displays', 'Displays looked after'), ('photos', 'Photographs')], max_length=12)),
                ("words", models.CharField(help_text="as they stand in the record", max_length=200)),
                ("claimed", models.PositiveIntegerField()),
                ("found", models.PositiveIntegerField()),
                ("answer", models.CharField(choices=[("yes", "Looks hollow"), ("no", "Nothing stands out"), ("cannot_tell", "Cannot tell")], help_text="yes: nothing bears the claim", max_length=11)),
                ("compared_at", models.DateTimeField()),
                ("record", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="claims", to="visits.record")),
            ],
        ),
    ]
