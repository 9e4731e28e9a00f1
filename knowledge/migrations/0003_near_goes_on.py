"""The index's functions again: a scan goes on where what it found has been deleted."""

from django.db import migrations

from knowledge.index import NEAR


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_near")]

    operations = [
        # A setting of pgvector's may be named only in a session that has loaded it.
        migrations.RunSQL("select '[1]'::halfvec", migrations.RunSQL.noop),
        *[migrations.RunSQL(NEAR.format(audience=a), migrations.RunSQL.noop) for a in ("public", "internal")],
    ]
