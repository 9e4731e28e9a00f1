"""What a record refers to never changes: a trigger refuses new words in a version, a passage or a submitted config."""

from __future__ import annotations

from typing import Final

TRIGGER: Final = """
create or replace function {table}_frozen() returns trigger language plpgsql as $body$
begin
  raise exception '{sentence}' using errcode = 'check_violation';
end $body$;
drop trigger if exists {table}_frozen on {table};
create trigger {table}_frozen before update on {table} for each row
  when ({condition}) execute function {table}_frozen()
"""


def trigger_sql(table: str, columns: tuple[str, ...], sentence: str, only_if: str = "true") -> str:
    """Refuse an UPDATE that changes one of `columns` while `only_if` holds."""
    changed = " or ".join(f"old.{column} is distinct from new.{column}" for column in columns)
    return TRIGGER.format(table=table, sentence=sentence, condition=f"({only_if}) and ({changed})")


VERSION: Final = trigger_sql(
    "knowledge_articleversion",
    ("article_id", "number", "title", "body"),
    "The words of a version never change. Write a new version instead.",
)
PASSAGE: Final = trigger_sql(
    "knowledge_passage",
    ("version_id", "n", "heading", "text"),
    "A passage never changes. Publish a new version instead.",
)
CONFIG: Final = trigger_sql(
    "knowledge_configversion",
    ("kind", "number", "body", "digest"),
    "This version was submitted, so its text is fixed. Write a new version instead.",
    "old.status <> 'draft'",
)
