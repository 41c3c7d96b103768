"""Accounts nothing was ever booked on are taken back with the agreements of an undone import, balance row and all."""

from django.db import migrations

WITHDRAW = """
-- SECURITY DEFINER because the application may not delete balances; row policies and every trigger still apply.
CREATE FUNCTION ledger_withdraw_accounts(accounts bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM ledger_entry WHERE account_id = ANY (accounts))
     OR EXISTS (SELECT FROM ledger_accountbalance WHERE account_id = ANY (accounts) AND amount <> 0) THEN
    RAISE EXCEPTION 'an account with postings stays' USING ERRCODE = 'LK001';
  END IF;
  DELETE FROM ledger_accountbalance WHERE account_id = ANY (accounts);
  DELETE FROM ledger_account WHERE id = ANY (accounts);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0017_covering_open_items")]
    operations = [migrations.RunSQL(WITHDRAW, "DROP FUNCTION ledger_withdraw_accounts(bigint[])")]
