"""Past conversations without their people, as examples that an editor chooses."""

import django_fsm
from django.db import migrations, models

import conversations.models
from conversations import lifecycle

MOVES = [
    "candidate>chosen",
    "candidate>refused",
    "chosen>candidate",
    "chosen>refused",
    "draft>candidate",
    "draft>chosen",
    "draft>refused",
]
# A release pins what was chosen.
KEPT = """
create or replace function knowledge_example_kept() returns trigger language plpgsql as $body$
begin
  if new.status <> 'refused' and (new.messages, new.digest) is distinct from (old.messages, old.digest) then
    raise exception 'the words of a chosen example never change' using errcode = 'check_violation';
  end if;
  return new;
end $body$;
create trigger example_kept before update on knowledge_example
  for each row when (old.status = 'chosen') execute function knowledge_example_kept()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0015_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Example",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                (
                    "key",
                    models.CharField(
                        editable=False, help_text="Of the conversation's id, which isn't kept.", max_length=64
                    ),
                ),
                ("about", models.CharField(blank=True, help_text="What its source calls the matter.", max_length=60)),
                ("messages", models.JSONField()),
                (
                    "left_out",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Messages in which something may have remained."
                    ),
                ),
                ("rating", models.PositiveSmallIntegerField(blank=True, help_text="1 to 5.", null=True)),
                ("digest", models.CharField(editable=False, help_text="Of the messages.", max_length=64)),
                (
                    "status",
                    django_fsm.FSMField(
                        choices=[
                            ("draft", "Solved, or rated well"),
                            ("candidate", "Solved, and rated well"),
                            ("chosen", "Chosen"),
                            ("refused", "Refused"),
                        ],
                        default="draft",
                        max_length=50,
                        protected=True,
                    ),
                ),
                ("taken_at", models.DateTimeField(db_default=conversations.models.Now())),
                ("moved_by", models.CharField(default="system", max_length=80)),
                ("moved_why", models.CharField(default="import", max_length=80)),
                ("moved_at", models.DateTimeField(db_default=conversations.models.Now())),
            ],
            options={
                "ordering": ("-pk",),
                "constraints": [
                    models.UniqueConstraint(fields=("source", "key"), name="example_source_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "refused"), _negated=True),
                        fields=("digest",),
                        name="example_words_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("messages", []), ("status", "refused")),
                            models.Q(
                                models.Q(("status", "refused"), _negated=True),
                                models.Q(("messages", []), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="refused_example_is_empty",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            lifecycle.trigger_sql("knowledge_example", "example", "draft", MOVES), migrations.RunSQL.noop
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
