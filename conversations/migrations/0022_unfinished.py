"""A reply may be read while it is written: one unfinished message in a conversation, while the agent owns the reply."""

from django.db import migrations, models

from conversations import outbox


class Migration(migrations.Migration):
    dependencies = [("conversations", "0021_citing")]

    operations = [
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("extra__has_key", "unfinished")),
                fields=("conversation",),
                name="one_unfinished_message",
            ),
        ),
        migrations.RunSQL(outbox.TRIGGER, ""),
    ]
