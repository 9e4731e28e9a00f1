"""What the audit finds and keeps, and how often an article is looked at again."""

import django.db.models.deletion
import django_fsm
from django.conf import settings
from django.db import migrations, models

import conversations.models
import knowledge.intervals
from conversations import lifecycle

MOVES = ["done>open", "mending>done", "mending>open", "open>done", "open>mending"]


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0013_state"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("articles", models.PositiveIntegerField()),
                ("counts", models.JSONField()),
                ("left", models.PositiveIntegerField()),
                ("gaps", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="WeeklyReport",
            fields=[
                ("week", models.DateField(help_text="Its Monday.", primary_key=True, serialize=False)),
                ("figures", models.JSONField()),
                ("written_at", models.DateTimeField(db_default=conversations.models.Now())),
            ],
        ),
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
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("outdated", "Outdated"),
                            ("contradictory", "Contradictory"),
                            ("ambiguous", "Ambiguous"),
                            ("unused", "Unused"),
                            ("answers_differ", "Answers differ"),
                        ],
                        max_length=20,
                    ),
                ),
                ("why", models.TextField()),
                ("says", models.JSONField(default=list)),
                (
                    "status",
                    django_fsm.FSMField(
                        choices=[("open", "Open"), ("mending", "Being mended"), ("done", "Done")],
                        default="open",
                        max_length=50,
                        protected=True,
                    ),
                ),
                ("due", models.DateField()),
                ("opened_at", models.DateTimeField(db_default=conversations.models.Now())),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "kept",
                    models.CharField(
                        blank=True, help_text="Why it is right as it is, when an editor said so.", max_length=200
                    ),
                ),
                ("moved_by", models.CharField(default="system", max_length=80)),
                ("moved_why", models.CharField(default="audit", max_length=80)),
                ("moved_at", models.DateTimeField(db_default=conversations.models.Now())),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="findings", to="knowledge.article"
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["status", "due"], name="finding_by_status")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", False), ("status", "done")),
                            models.Q(models.Q(("status", "done"), _negated=True), ("closed_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="finding_closed_when_done",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "mending"), _negated=True), ("holder__isnull", False), _connector="OR"
                        ),
                        name="finding_mended_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunSQL(lifecycle.trigger_sql("knowledge_finding", "finding", "open", MOVES), migrations.RunSQL.noop),
    ]
