"""Questions about tests for favour that are open already let the persons asked see what they rest on."""

from typing import Any

from django.db import migrations


def tell_supply(apps: Any, schema_editor: Any) -> None:
    """The subject of such a question is `favour_run:NUMBER:FINDING`."""
    flags = apps.get_model("oversight", "Flag")
    findings = apps.get_model("supply", "FavourFinding")
    rows = flags.objects.filter(subject__startswith="favour_run:")
    for company, person, subject, at in rows.values_list("company_id", "person_id", "subject", "opened_at"):
        parts = subject.split(":")
        if len(parts) == 3 and parts[2].isdigit():
            findings.objects.filter(pk=int(parts[2]), person_id=person, run__company_id=company).update(
                question_opened_at=at
            )


class Migration(migrations.Migration):
    dependencies = [("oversight", "0011_risk_before_checks"), ("supply", "0005_questions_of_findings")]
    operations = [migrations.RunPython(tell_supply, migrations.RunPython.noop)]
