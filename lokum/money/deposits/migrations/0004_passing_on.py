"""Deposits pass from one payer to another: two more kinds of moves, and their sum beside the others."""

import lokum.core.base.fields
from django.db import migrations, models

EFFECT = """
CREATE OR REPLACE FUNCTION deposits_effect(kind text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN kind IN ('take', 'opening', 'interest', 'valorisation', 'transfer_in') THEN 1
              WHEN kind IN ('use', 'return', 'forfeit', 'transfer_out') THEN -1 ELSE 0 END
$$;
DROP FUNCTION deposits_state(numeric, numeric, numeric, numeric, numeric, numeric, numeric);
CREATE FUNCTION deposits_state(agreed numeric, called numeric, taken numeric, used numeric, returned numeric,
                               forfeited numeric, passed numeric, held numeric)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN held > 0 AND used + returned + forfeited + passed > 0 AND held < agreed THEN 'partly_used'
    WHEN held > 0 AND taken >= called THEN 'held'
    WHEN held > 0 OR called > taken THEN 'due'
    WHEN taken = 0 THEN 'withdrawn'
    WHEN passed > 0 THEN 'passed_on'
    WHEN returned > 0 THEN 'returned'
    WHEN forfeited > 0 THEN 'forfeited'
    ELSE 'used' END
$$;
CREATE OR REPLACE FUNCTION deposits_keep() RETURNS trigger LANGUAGE plpgsql AS $$
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
  SELECT coalesce(sum(m.amount) FILTER (WHERE kind IN ('call', 'opening', 'transfer_in')), 0)
           - coalesce(sum(m.amount) FILTER (WHERE kind = 'withdraw'), 0) AS called,
         coalesce(sum(m.amount) FILTER (WHERE kind IN ('take', 'opening', 'transfer_in')), 0) AS taken,
         coalesce(sum(m.amount) FILTER (WHERE kind IN ('interest', 'valorisation')), 0) AS added,
         coalesce(sum(m.amount) FILTER (WHERE kind = 'use'), 0) AS used,
         coalesce(sum(m.amount) FILTER (WHERE kind = 'return'), 0) AS returned,
         coalesce(sum(m.amount) FILTER (WHERE kind = 'forfeit'), 0) AS forfeited,
         coalesce(sum(m.amount) FILTER (WHERE kind = 'transfer_out'), 0) AS passed
    INTO sums
    FROM (SELECT kind, CASE WHEN undoes_id IS NULL THEN amount ELSE -amount END AS amount
          FROM deposits_depositmove WHERE deposit_id = NEW.deposit_id) m;
  free := sums.taken + sums.added - sums.used - sums.returned - sums.forfeited - sums.passed;
  net_called := sums.called;
  IF free < 0 THEN
    RAISE EXCEPTION 'deposit % holds % less than that', own.number, -free USING ERRCODE = 'LK009';
  END IF;
  IF sums.taken > net_called THEN
    RAISE EXCEPTION 'deposit %: % taken, % called', own.number, sums.taken, net_called USING ERRCODE = 'LK010';
  END IF;
  state_now := deposits_state(own.agreed_amount, net_called, sums.taken, sums.used, sums.returned, sums.forfeited,
    sums.passed, free);
  UPDATE deposits_deposit SET called_amount = net_called, taken_amount = sums.taken, added_amount = sums.added,
    used_amount = sums.used, returned_amount = sums.returned, forfeited_amount = sums.forfeited, passed_amount = sums.passed,
    held_amount = free,
    state = state_now WHERE id = NEW.deposit_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION deposits_sums_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 AND (NEW.called_amount, NEW.taken_amount, NEW.added_amount, NEW.used_amount,
      NEW.returned_amount, NEW.forfeited_amount, NEW.passed_amount, NEW.held_amount, NEW.state, NEW.account_id)
     IS DISTINCT FROM (OLD.called_amount, OLD.taken_amount, OLD.added_amount, OLD.used_amount, OLD.returned_amount,
      OLD.forfeited_amount, OLD.passed_amount, OLD.held_amount, OLD.state, OLD.account_id) THEN
    RAISE EXCEPTION 'the sums of deposit % follow from its moves', OLD.number USING ERRCODE = 'LK001';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION deposits_start_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.called_amount := 0; NEW.taken_amount := 0; NEW.added_amount := 0; NEW.used_amount := 0;
  NEW.returned_amount := 0; NEW.forfeited_amount := 0; NEW.passed_amount := 0; NEW.held_amount := 0; NEW.state := 'due';
  RETURN NEW;
END $$;
"""
BACK = """
CREATE OR REPLACE FUNCTION deposits_effect(kind text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN kind IN ('take', 'opening', 'interest', 'valorisation') THEN 1
              WHEN kind IN ('use', 'return', 'forfeit') THEN -1 ELSE 0 END
$$;
DROP FUNCTION deposits_state(numeric, numeric, numeric, numeric, numeric, numeric, numeric, numeric);
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
CREATE OR REPLACE FUNCTION deposits_keep() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION deposits_sums_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 AND (NEW.called_amount, NEW.taken_amount, NEW.added_amount, NEW.used_amount,
      NEW.returned_amount, NEW.forfeited_amount, NEW.held_amount, NEW.state, NEW.account_id)
     IS DISTINCT FROM (OLD.called_amount, OLD.taken_amount, OLD.added_amount, OLD.used_amount, OLD.returned_amount,
      OLD.forfeited_amount, OLD.held_amount, OLD.state, OLD.account_id) THEN
    RAISE EXCEPTION 'the sums of deposit % follow from its moves', OLD.number USING ERRCODE = 'LK001';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION deposits_start_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.called_amount := 0; NEW.taken_amount := 0; NEW.added_amount := 0; NEW.used_amount := 0;
  NEW.returned_amount := 0; NEW.forfeited_amount := 0; NEW.held_amount := 0; NEW.state := 'due';
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('deposits', '0003_papers'),
    ]

    operations = [
        migrations.AddField(
            model_name='deposit',
            name='passed_amount',
            field=lokum.core.base.fields.AmountField(decimal_places=2, default=0, editable=False, max_digits=16, verbose_name='passed on'),
        ),
        migrations.AlterField(
            model_name='deposit',
            name='state',
            field=models.CharField(choices=[('due', 'due'), ('held', 'held'), ('partly_used', 'partly used'), ('used', 'used up'), ('returned', 'returned'), ('forfeited', 'forfeited'), ('passed_on', 'passed on'), ('withdrawn', 'withdrawn')], default='due', editable=False, max_length=12, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='depositmove',
            name='kind',
            field=models.CharField(choices=[('call', 'Called'), ('withdraw', 'Call withdrawn'), ('take', 'Received'), ('opening', 'Taken over'), ('interest', 'Interest'), ('valorisation', 'Valorisation'), ('use', 'Used for debts'), ('return', 'Returned'), ('forfeit', 'Forfeited'), ('transfer_out', 'Passed on to another payer'), ('transfer_in', 'Passed on from another payer')], max_length=12, verbose_name='kind'),
        ),
        migrations.RunSQL(EFFECT, BACK),
    ]
