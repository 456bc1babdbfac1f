import accounts.models.reference
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_campaigns'),
    ]

    operations = [
        migrations.CreateModel(
            name='Opportunity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('account_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('owner_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('campaign_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('name', models.CharField(blank=True, default='', max_length=255)),
                ('stage', models.CharField(blank=True, default='', max_length=120)),
                ('amount', models.DecimalField(decimal_places=4, help_text='In its own currency.', max_digits=24, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('corporate_amount', models.DecimalField(decimal_places=4, help_text="In the org's currency, at the rate of the close date; only this may be added up.", max_digits=24, null=True)),
                ('probability', models.FloatField(help_text='Per cent, as the CRM has it.', null=True)),
                ('close_date', models.DateField(null=True)),
                ('is_closed', models.BooleanField(default=False)),
                ('is_won', models.BooleanField(default=False)),
                ('forecast_category', models.CharField(blank=True, default='', max_length=40)),
                ('kind', models.CharField(blank=True, default='', max_length=255)),
                ('source', models.CharField(blank=True, default='', max_length=255)),
                ('next_step', models.CharField(blank=True, default='', max_length=255)),
                ('last_activity_date', models.DateField(null=True)),
                ('description', models.TextField(blank=True, default='')),
                ('account', accounts.models.reference.Reference('accounts.account', 'account_ref', related_name='opportunities')),
                ('campaign', accounts.models.reference.Reference('accounts.campaign', 'campaign_ref', related_name='opportunities')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('owner', accounts.models.reference.Reference('accounts.crmuser', 'owner_ref', related_name='opportunities')),
            ],
            options={
                'verbose_name_plural': 'opportunities',
            },
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(fields=['org', 'account_ref'], name='opportunity_account'),
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(fields=['org', 'owner_ref', 'is_closed', 'close_date'], name='opportunity_owner'),
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(fields=['org', 'is_closed', 'close_date', 'id'], name='opportunity_close'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='opportunity_id_in_org'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('is_closed', True), ('is_won', False), _connector='OR'), name='opportunity_won_is_closed'),
        ),
        migrations.CreateModel(
            name='OpportunityContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('opportunity_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('contact_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('role', models.CharField(blank=True, default='', max_length=120)),
                ('is_primary', models.BooleanField(default=False)),
                ('contact', accounts.models.reference.Reference('accounts.contact', 'contact_ref', related_name='opportunity_roles')),
                ('opportunity', accounts.models.reference.Reference('accounts.opportunity', 'opportunity_ref', related_name='contact_roles')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddIndex(
            model_name='opportunitycontact',
            index=models.Index(fields=['org', 'opportunity_ref'], name='opp_contact_opportunity'),
        ),
        migrations.AddIndex(
            model_name='opportunitycontact',
            index=models.Index(fields=['org', 'contact_ref'], name='opp_contact_contact'),
        ),
        migrations.AddConstraint(
            model_name='opportunitycontact',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='opportunity_contact_id_in_org'),
        ),
        migrations.AddField(
            model_name='lead',
            name='converted_opportunity',
            field=accounts.models.reference.Reference('accounts.opportunity', 'converted_opportunity_ref', related_name='leads'),
        ),
    ]
