import accounts.models.reference
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_activities'),
    ]

    operations = [
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('name', models.CharField(blank=True, default='', max_length=255)),
                ('code', models.CharField(blank=True, default='', max_length=255)),
                ('family', models.CharField(blank=True, default='', max_length=255)),
                ('is_active', models.BooleanField(default=True)),
                ('price', models.DecimalField(decimal_places=4, help_text='Usual price, where the source gives one.', max_digits=24, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('description', models.TextField(blank=True, default='')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='product_id_in_org'),
        ),
        migrations.CreateModel(
            name='LineItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('opportunity_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('product_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ('unit_price', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('total_price', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('corporate_total', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('discount', models.FloatField(help_text='Per cent.', null=True)),
                ('service_date', models.DateField(null=True)),
                ('description', models.TextField(blank=True, default='')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('opportunity', accounts.models.reference.Reference('accounts.opportunity', 'opportunity_ref', related_name='line_items')),
                ('product', accounts.models.reference.Reference('accounts.product', 'product_ref', related_name='line_items')),
            ],
        ),
        migrations.AddIndex(
            model_name='lineitem',
            index=models.Index(fields=['org', 'opportunity_ref'], name='line_item_opportunity'),
        ),
        migrations.AddIndex(
            model_name='lineitem',
            index=models.Index(fields=['org', 'product_ref'], name='line_item_product'),
        ),
        migrations.AddConstraint(
            model_name='lineitem',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='line_item_id_in_org'),
        ),
        migrations.CreateModel(
            name='Purchase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('account_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('product_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('order_number', models.CharField(blank=True, default='', max_length=255)),
                ('status', models.CharField(blank=True, default='', max_length=120)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ('unit_price', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('total_price', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('corporate_total', models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ('purchased_at', models.DateTimeField(null=True)),
                ('ends_date', models.DateField(null=True)),
                ('account', accounts.models.reference.Reference('accounts.account', 'account_ref', related_name='purchases')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('product', accounts.models.reference.Reference('accounts.product', 'product_ref', related_name='purchases')),
            ],
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['org', 'account_ref', 'purchased_at'], name='purchase_account'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['org', 'product_ref'], name='purchase_product'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='purchase_id_in_org'),
        ),
    ]
