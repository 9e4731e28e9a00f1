"""Certificates and signatures are written once: the trigger that keeps them, for the migration."""

from __future__ import annotations

from typing import Final

# A test's TRUNCATE passes; nobody else has a reason to change what was proved or signed.
KEPT: Final = """
create or replace function handrail_keep_proofs() returns trigger language plpgsql as $body$
begin
  raise exception 'certificates and signatures stay as they are' using errcode = 'insufficient_privilege';
end $body$;
create trigger certificate_kept before update or delete on agents_certificate
  for each row execute function handrail_keep_proofs();
create trigger signoff_kept before update or delete on agents_signoff
  for each row execute function handrail_keep_proofs()
"""
