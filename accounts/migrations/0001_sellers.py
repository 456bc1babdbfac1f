import accounts.models.reference
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('users', '0005_row_level_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='CrmRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('name', models.CharField(blank=True, default='', max_length=255)),
                ('parent_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('parent', accounts.models.reference.Reference('accounts.crmrole', 'parent_ref', related_name='+')),
            ],
        ),
        migrations.AddIndex(
            model_name='crmrole',
            index=models.Index(fields=['org', 'parent_ref'], name='crm_role_parent'),
        ),
        migrations.AddConstraint(
            model_name='crmrole',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='crm_role_id_in_org'),
        ),
        migrations.CreateModel(
            name='CrmUser',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('name', models.CharField(blank=True, default='', max_length=255)),
                ('email', models.CharField(blank=True, default='', max_length=255)),
                ('title', models.CharField(blank=True, default='', max_length=255)),
                ('team', models.CharField(blank=True, default='', max_length=255)),
                ('region', models.CharField(blank=True, default='', max_length=255)),
                ('is_active', models.BooleanField(default=True)),
                ('manager_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('role_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('membership_is_set', models.BooleanField(default=False, help_text='An admin has said who it is; the sync leaves that alone.')),
                ('manager', accounts.models.reference.Reference('accounts.crmuser', 'manager_ref', related_name='reports')),
                ('membership', models.ForeignKey(blank=True, help_text='Who this is here: found by e-mail at each sync, or set by an admin.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='crm_users', to='users.membership')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('role', accounts.models.reference.Reference('accounts.crmrole', 'role_ref', related_name='crm_users')),
            ],
            options={
                'verbose_name': 'CRM user',
            },
        ),
        migrations.AddIndex(
            model_name='crmuser',
            index=models.Index(fields=['org', 'manager_ref'], name='crm_user_manager'),
        ),
        migrations.AddIndex(
            model_name='crmuser',
            index=models.Index(fields=['org', 'role_ref'], name='crm_user_role'),
        ),
        migrations.AddConstraint(
            model_name='crmuser',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='crm_user_id_in_org'),
        ),
    ]
