"""Who may review a policy and who may take it live; and nobody approves what they wrote."""

from django.db import migrations

FOUR_EYES = """
alter table knowledge_configversion add constraint config_four_eyes check (
  status <> 'approved' or author_id is null or moved_by <> 'operator:' || author_id) not valid
"""


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0003_near_goes_on")]

    operations = [
        migrations.AlterModelOptions(
            name="configversion",
            options={
                "ordering": ("kind", "-number"),
                "permissions": (
                    ("review_configversion", "Can approve or send back a policy or taxonomy"),
                    ("activate_configversion", "Can take an approved policy or taxonomy live"),
                ),
            },
        ),
        # Not valid: what was approved before this rule stays as it is.
        migrations.RunSQL(FOUR_EYES, "alter table knowledge_configversion drop constraint config_four_eyes"),
    ]
