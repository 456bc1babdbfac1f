import accounts.models.reference
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_customers'),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('owner_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('parent_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('name', models.CharField(blank=True, default='', max_length=255)),
                ('kind', models.CharField(blank=True, default='', max_length=120)),
                ('status', models.CharField(blank=True, default='', max_length=120)),
                ('is_active', models.BooleanField(default=False)),
                ('start_date', models.DateField(null=True)),
                ('end_date', models.DateField(null=True)),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('owner', accounts.models.reference.Reference('accounts.crmuser', 'owner_ref', related_name='+')),
            ],
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='campaign_id_in_org'),
        ),
        migrations.CreateModel(
            name='CampaignMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('campaign_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('lead_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('contact_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('status', models.CharField(blank=True, default='', max_length=120)),
                ('has_responded', models.BooleanField(default=False)),
                ('responded_date', models.DateField(null=True)),
                ('campaign', accounts.models.reference.Reference('accounts.campaign', 'campaign_ref', related_name='members')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('contact', accounts.models.reference.Reference('accounts.contact', 'contact_ref', related_name='campaign_members')),
                ('lead', accounts.models.reference.Reference('accounts.lead', 'lead_ref', related_name='campaign_members')),
            ],
        ),
        migrations.AddIndex(
            model_name='campaignmember',
            index=models.Index(fields=['org', 'campaign_ref'], name='campaign_member_campaign'),
        ),
        migrations.AddIndex(
            model_name='campaignmember',
            index=models.Index(fields=['org', 'lead_ref'], name='campaign_member_lead'),
        ),
        migrations.AddIndex(
            model_name='campaignmember',
            index=models.Index(fields=['org', 'contact_ref'], name='campaign_member_contact'),
        ),
        migrations.AddConstraint(
            model_name='campaignmember',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='campaign_member_id_in_org'),
        ),
    ]
