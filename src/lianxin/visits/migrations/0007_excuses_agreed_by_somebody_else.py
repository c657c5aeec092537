import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('visits', '0006_what_was_filled'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='planchange',
            name='excuse',
            field=models.CharField(choices=[('not_needed', 'Nobody needs to agree'), ('waiting', 'Excuse not agreed yet'), ('agreed', 'Excuse agreed'), ('declined', 'Excuse declined')], default='not_needed', max_length=10),
        ),
        migrations.AddField(
            model_name='planchange',
            name='excuse_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='planchange',
            name='excuse_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='planchange',
            name='excuse_words',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AlterField(
            model_name='plannedvisit',
            name='state',
            field=models.CharField(choices=[('planned', 'Planned'), ('done', 'Visited'), ('excused', 'Excused'), ('dropped', 'Taken out'), ('pending', 'Excuse not agreed yet')], default='planned', max_length=10),
        ),
    ]
