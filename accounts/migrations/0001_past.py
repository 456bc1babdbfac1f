import accounts.models.reference
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_money'),
    ]

    operations = [
        migrations.CreateModel(
            name='FieldChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('record', models.CharField(blank=True, default='', max_length=40)),
                ('record_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('field_name', models.CharField(blank=True, default='', max_length=120)),
                ('old_value', models.TextField(null=True)),
                ('new_value', models.TextField(null=True)),
                ('by_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('changed_at', models.DateTimeField()),
                ('origin', models.CharField(choices=[('source', "The CRM's own history"), ('captured', 'Seen between two syncs')], default='source', max_length=8)),
                ('by', accounts.models.reference.Reference('accounts.crmuser', 'by_ref', related_name='+')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddIndex(
            model_name='fieldchange',
            index=models.Index(fields=['org', 'record', 'record_ref', 'changed_at'], name='field_change_record'),
        ),
        migrations.AddConstraint(
            model_name='fieldchange',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='field_change_id_in_org'),
        ),
        migrations.AddConstraint(
            model_name='fieldchange',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['source', 'captured'])), name='field_change_origin_known'),
        ),
        migrations.CreateModel(
            name='StageChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('opportunity_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('stage', models.CharField(blank=True, default='', max_length=120)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('close_date', models.DateField(null=True)),
                ('probability', models.FloatField(null=True)),
                ('forecast_category', models.CharField(blank=True, default='', max_length=40)),
                ('by_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('changed_at', models.DateTimeField()),
                ('by', accounts.models.reference.Reference('accounts.crmuser', 'by_ref', related_name='+')),
                ('opportunity', accounts.models.reference.Reference('accounts.opportunity', 'opportunity_ref', related_name='stage_changes')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddIndex(
            model_name='stagechange',
            index=models.Index(fields=['org', 'opportunity_ref', 'changed_at'], name='stage_change_opportunity'),
        ),
        migrations.AddConstraint(
            model_name='stagechange',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='stage_change_id_in_org'),
        ),
        migrations.CreateModel(
            name='PipelineSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('opportunity_ref', models.CharField(db_collation='C', max_length=64)),
                ('account_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('owner_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('stage', models.CharField(blank=True, default='', max_length=120)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('corporate_amount', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('probability', models.FloatField(null=True)),
                ('close_date', models.DateField(null=True)),
                ('forecast_category', models.CharField(blank=True, default='', max_length=40)),
                ('opportunity', accounts.models.reference.Reference('accounts.opportunity', 'opportunity_ref', related_name='snapshots')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddIndex(
            model_name='pipelinesnapshot',
            index=models.Index(fields=['org', 'opportunity_ref', 'day'], name='snapshot_deal'),
        ),
        migrations.AddConstraint(
            model_name='pipelinesnapshot',
            constraint=models.UniqueConstraint(fields=('org', 'day', 'opportunity_ref'), name='snapshot_one_a_day'),
        ),
    ]
