"""Which articles are used is counted from the replies that cite one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0020_pause")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("extra__has_key", "citations")), fields=["created_at"], name="message_citing"
            ),
        ),
    ]
