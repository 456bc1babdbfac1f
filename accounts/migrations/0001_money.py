import accounts.models.reference
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_products'),
    ]

    operations = [
        migrations.CreateModel(
            name='CurrencyRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('currency', models.CharField(max_length=3)),
                ('rate', models.DecimalField(decimal_places=10, max_digits=24)),
                ('starts_date', models.DateField()),
                ('ends_date', models.DateField(help_text='The first day on which it no longer holds.', null=True)),
                ('is_corporate', models.BooleanField(default=False)),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddIndex(
            model_name='currencyrate',
            index=models.Index(fields=['org', 'currency', 'starts_date'], name='currency_rate_day'),
        ),
        migrations.AddConstraint(
            model_name='currencyrate',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='currency_rate_id_in_org'),
        ),
        migrations.AddConstraint(
            model_name='currencyrate',
            constraint=models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='currency_rate_positive'),
        ),
        migrations.AddConstraint(
            model_name='currencyrate',
            constraint=models.CheckConstraint(condition=models.Q(('ends_date', None), ('ends_date__gt', models.F('starts_date')), _connector='OR'), name='currency_rate_ends_after_start'),
        ),
        migrations.CreateModel(
            name='Quota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('owner_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('starts_date', models.DateField(null=True)),
                ('ends_date', models.DateField(help_text='The first day after it.', null=True)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('corporate_amount', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('kind', models.CharField(blank=True, default='', max_length=120)),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('owner', accounts.models.reference.Reference('accounts.crmuser', 'owner_ref', related_name='quotas')),
            ],
        ),
        migrations.AddIndex(
            model_name='quota',
            index=models.Index(fields=['org', 'owner_ref', 'starts_date'], name='quota_owner'),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='quota_id_in_org'),
        ),
    ]
