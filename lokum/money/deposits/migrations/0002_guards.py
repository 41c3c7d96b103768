"""The database keeps what a deposit holds, from its moves: never less than nothing, never more taken than was called.

* A move is append-only; it names the posted entry that moved the ledger account of deposits by the same amount.
* What takes a move back names it, once, with the same deposit, kind and amount.
* Sums and state of a deposit follow from its moves, whoever writes them.
"""

from django.db import migrations

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = "EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"
OF_DEPOSIT = "EXISTS (SELECT FROM deposits_deposit d WHERE d.id = deposit_id)"

KEEP = """
-- What a kind of move does to the amount held.
CREATE FUNCTION deposits_effect(kind text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN kind IN ('take', 'opening', 'interest', 'valorisation') THEN 1
              WHEN kind IN ('use', 'return', 'forfeit') THEN -1 ELSE 0 END
$$;

-- The state that follows from the sums of moves.
CREATE FUNCTION deposits_state(agreed numeric, called numeric, taken numeric, used numeric, returned numeric,
                               forfeited numeric, held numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN held > 0 AND used + returned + forfeited > 0 AND held < agreed THEN 'partly_used'
    WHEN held > 0 AND taken >= called THEN 'held'
    WHEN held > 0 OR called > taken THEN 'due'
    WHEN taken = 0 THEN 'withdrawn'
    WHEN returned > 0 THEN 'returned'
    WHEN forfeited > 0 THEN 'forfeited'
    ELSE 'used' END
$$;

CREATE FUNCTION deposits_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE own deposits_deposit; before deposits_depositmove; moved numeric; sums record; net_called numeric;
        free numeric; state_now text;
BEGIN
  SELECT * INTO own FROM deposits_deposit WHERE id = NEW.deposit_id FOR UPDATE;
  IF NEW.undoes_id IS NOT NULL THEN
    SELECT * INTO before FROM deposits_depositmove WHERE id = NEW.undoes_id;
    IF before.deposit_id <> NEW.deposit_id OR before.kind <> NEW.kind OR before.amount <> NEW.amount
       OR before.undoes_id IS NOT NULL THEN
      RAISE EXCEPTION 'move % does not fit what it takes back', NEW.id USING ERRCODE = 'LK004';
    END IF;
  END IF;
  IF NEW.entry_id IS NOT NULL THEN
    SELECT sum(l.credit_amount - l.debit_amount) INTO moved
      FROM ledger_line l JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose = 'deposits'
      JOIN ledger_account a ON a.id = own.account_id AND a.entity_id = l.entity_id
      WHERE l.entry_id = NEW.entry_id;
    IF moved IS DISTINCT FROM
       NEW.amount * deposits_effect(NEW.kind) * (CASE WHEN NEW.undoes_id IS NULL THEN 1 ELSE -1 END) THEN
      RAISE EXCEPTION 'entry % moves deposits by %, not as move % says', NEW.entry_id, moved, NEW.id
        USING ERRCODE = 'LK004';
    END IF;
  END IF;
  SELECT coalesce(sum(m.amount) FILTER (WHERE kind IN ('call', 'opening')), 0)
           - coalesce(sum(m.amount) FILTER (WHERE kind = 'withdraw'), 0) AS called,
         coalesce(sum(m.amount) FILTER (WHERE kind IN ('take', 'opening')), 0) AS taken,
         coalesce(sum(m.amount) FILTER (WHERE kind IN ('interest', 'valorisation')), 0) AS added,
         coalesce(sum(m.amount) FILTER (WHERE kind = 'use'), 0) AS used,
         coalesce(sum(m.amount) FILTER (WHERE kind = 'return'), 0) AS returned,
         coalesce(sum(m.amount) FILTER (WHERE kind = 'forfeit'), 0) AS forfeited
    INTO sums
    FROM (SELECT kind, CASE WHEN undoes_id IS NULL THEN amount ELSE -amount END AS amount
          FROM deposits_depositmove WHERE deposit_id = NEW.deposit_id) m;
  free := sums.taken + sums.added - sums.used - sums.returned - sums.forfeited;
  net_called := sums.called;
  IF free < 0 THEN
    RAISE EXCEPTION 'deposit % holds % less than that', own.number, -free USING ERRCODE = 'LK009';
  END IF;
  IF sums.taken > net_called THEN
    RAISE EXCEPTION 'deposit %: % taken, % called', own.number, sums.taken, net_called USING ERRCODE = 'LK010';
  END IF;
  state_now := deposits_state(own.agreed_amount, net_called, sums.taken, sums.used, sums.returned, sums.forfeited, free);
  UPDATE deposits_deposit SET called_amount = net_called, taken_amount = sums.taken, added_amount = sums.added,
    used_amount = sums.used, returned_amount = sums.returned, forfeited_amount = sums.forfeited, held_amount = free,
    state = state_now WHERE id = NEW.deposit_id;
  RETURN NULL;
END $$;
CREATE TRIGGER moves_kept AFTER INSERT ON deposits_depositmove FOR EACH ROW EXECUTE FUNCTION deposits_keep();
SELECT ledger_make_append_only('deposits_depositmove');

-- Sums and state are those of the moves: nobody writes them by hand.
CREATE FUNCTION deposits_sums_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 AND (NEW.called_amount, NEW.taken_amount, NEW.added_amount, NEW.used_amount,
      NEW.returned_amount, NEW.forfeited_amount, NEW.held_amount, NEW.state, NEW.account_id)
     IS DISTINCT FROM (OLD.called_amount, OLD.taken_amount, OLD.added_amount, OLD.used_amount, OLD.returned_amount,
      OLD.forfeited_amount, OLD.held_amount, OLD.state, OLD.account_id) THEN
    RAISE EXCEPTION 'the sums of deposit % follow from its moves', OLD.number USING ERRCODE = 'LK001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sums_kept BEFORE UPDATE ON deposits_deposit FOR EACH ROW EXECUTE FUNCTION deposits_sums_kept();
CREATE FUNCTION deposits_start_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.called_amount := 0; NEW.taken_amount := 0; NEW.added_amount := 0; NEW.used_amount := 0;
  NEW.returned_amount := 0; NEW.forfeited_amount := 0; NEW.held_amount := 0; NEW.state := 'due';
  RETURN NEW;
END $$;
CREATE TRIGGER starts_empty BEFORE INSERT ON deposits_deposit FOR EACH ROW EXECUTE FUNCTION deposits_start_empty();
"""
UNKEEP = """
DROP TRIGGER starts_empty ON deposits_deposit;
DROP FUNCTION deposits_start_empty();
DROP TRIGGER sums_kept ON deposits_deposit;
DROP FUNCTION deposits_sums_kept();
DROP TRIGGER append_only ON deposits_depositmove;
DROP TRIGGER moves_kept ON deposits_depositmove;
DROP FUNCTION deposits_keep();
DROP FUNCTION deposits_state(numeric, numeric, numeric, numeric, numeric, numeric, numeric);
DROP FUNCTION deposits_effect(text);
"""

# Day by day the deposits are the ledger account of deposits; each move is its entry, and the sums kept are the moves.
PROOF = """
CREATE VIEW proof_k1 AS
WITH moves AS (
  SELECT a.entity_id, m.deposit_id, m.entry_id, m.on,
         m.amount * deposits_effect(m.kind) * CASE WHEN m.undoes_id IS NULL THEN 1 ELSE -1 END AS effect
  FROM deposits_depositmove m JOIN deposits_deposit d ON d.id = m.deposit_id
  JOIN ledger_account a ON a.id = d.account_id
)
SELECT 'organisation.entity'::text AS object_label, coalesce(s.entity_id, g.entity_id) AS object_id,
       format('%s: deposits %s, general ledger %s', coalesce(s.on, g.on), coalesce(s.amount, 0),
              coalesce(g.amount, 0)) AS detail
FROM (SELECT entity_id, "on", sum(effect) AS amount FROM moves WHERE effect <> 0 GROUP BY entity_id, "on") s
FULL JOIN (
  SELECT l.entity_id, l.booked_on AS "on", sum(l.credit_amount - l.debit_amount) AS amount
  FROM ledger_line l JOIN ledger_ledgeraccount a ON a.id = l.ledger_account_id AND a.purpose = 'deposits'
  GROUP BY l.entity_id, l.booked_on) g ON g.entity_id = s.entity_id AND g."on" = s."on"
WHERE coalesce(s.amount, 0) <> coalesce(g.amount, 0)
UNION ALL
SELECT 'deposits.deposit', d.id, format('%s held, moves give %s', d.held_amount, coalesce(m.effect, 0))
FROM deposits_deposit d
LEFT JOIN (SELECT deposit_id, sum(effect) AS effect FROM moves GROUP BY deposit_id) m ON m.deposit_id = d.id
WHERE d.held_amount <> coalesce(m.effect, 0)
UNION ALL
SELECT 'ledger.openitem', o.entry_id, format('%s of a deposit received is covered by nobody''s money', o.open_amount)
FROM moves m JOIN ledger_openitem o ON o.entry_id = m.entry_id AND o.side = 'debit' AND o.open_amount > 0
"""


class Migration(migrations.Migration):
    dependencies = [("deposits", "0001_first"), ("audit", "0002_trigger"), ("ledger", "0017_covering_open_items")]
    operations = [
        *audit_triggers("deposits_depositkind", "deposits_deposit"),
        row_policy("deposits_deposit", OF_ACCOUNT),
        row_policy("deposits_depositmove", OF_DEPOSIT),
        migrations.RunSQL(KEEP, UNKEEP),
        migrations.RunSQL(PROOF, "DROP VIEW proof_k1"),
    ]
