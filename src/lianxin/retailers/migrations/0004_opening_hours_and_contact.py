import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0001_initial'),
        ('retailers', '0003_trade_area'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='retailerversion',
            name='opening_hours',
            field=models.CharField(blank=True, help_text='such as 07:30-12:00;14:00-22:00', max_length=60),
        ),
        migrations.CreateModel(
            name='RetailerContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=60)),
                ('phone', models.CharField(blank=True, max_length=24)),
                ('way', models.CharField(blank=True, choices=[('phone', 'by phone'), ('wechat', 'by WeChat'), ('visit', 'by a visit'), ('sms', 'by text message')], max_length=10)),
                ('preferred_time', models.CharField(blank=True, max_length=60)),
                ('words', models.CharField(blank=True, max_length=200)),
                ('as_of', models.DateField(help_text='the day of which it tells: an older file does not overwrite it')),
                ('entered_at', models.DateTimeField()),
                ('corrected_at', models.DateTimeField(blank=True, help_text='when the retailer itself put it right', null=True)),
                ('batch', models.ForeignKey(blank=True, help_text='the file that it came with; null: entered by a person, or by the retailer itself', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='foundation.importbatch')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='foundation.company')),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('retailer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='contact', to='retailers.retailer')),
            ],
            options={
                'verbose_name': 'contact',
            },
        ),
    ]
