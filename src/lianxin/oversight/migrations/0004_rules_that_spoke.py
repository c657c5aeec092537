"""Every rule that spoke in a question has a row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oversight", "0003_owners_of_open_flags")]
    operations = [
        migrations.CreateModel(
            name="FlagRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=80)),
                ("weight", models.FloatField(default=1.0, help_text="above 0, at most 1")),
                (
                    "flag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="spoke", to="oversight.flag"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["rule"], name="oversight_f_rule_237e84_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("flag", "rule"), name="a_rule_speaks_once_in_a_question"),
                    models.CheckConstraint(
                        condition=models.Q(("weight__gt", 0), ("weight__lte", 1)),
                        name="a_rule_speaks_for_a_part_of_a_question",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="verificationrun",
            name="off",
            field=models.JSONField(
                default=list, help_text="[{rule, since}]: rules that were suspended, and left out"
            ),
        ),
        migrations.AlterField(
            model_name="rulesuspension",
            name="n_decided",
            field=models.FloatField(help_text="decided questions, each by the weight of the rule in it"),
        ),
        migrations.AlterField(model_name="rulesuspension", name="n_false", field=models.FloatField()),
    ]
