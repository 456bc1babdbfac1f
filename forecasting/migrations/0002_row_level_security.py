from django.db import migrations

# What is foreseen is written by tasks alone: no page changes a score.
SCORES = """
SELECT wall_build('forecasting_dealscore');
REVOKE INSERT, UPDATE, DELETE ON forecasting_dealscore FROM revenue_web;
"""
BACK = """
GRANT INSERT, UPDATE, DELETE ON forecasting_dealscore TO revenue_web;
SELECT wall_remove('forecasting_dealscore');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0001_deal_scores"),
        ("users", "0005_row_level_security"),
    ]

    operations = [migrations.RunSQL(SCORES, BACK)]
