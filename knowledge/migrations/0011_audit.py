"""How often an article is looked at again."""

from django.db import migrations, models

import knowledge.intervals


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0010_rights"),
    ]

    operations = [
        migrations.AddField(
            model_name="article",
            name="review_in",
            field=models.CharField(
                blank=True,
                help_text="Look at it again after this time: 6 months.",
                max_length=20,
                validators=[knowledge.intervals.check],
            ),
        ),
    ]
