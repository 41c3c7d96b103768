-- What is open and what the balances are, once for all months.
INSERT INTO ledger_openitem (entry_id, account_id, side, due_on, amount, open_amount)
SELECT e.id, e.account_id, CASE WHEN e.amount > 0 THEN 'debit' ELSE 'credit' END, coalesce(e.due_on, e.effective_on),
       abs(e.amount), abs(e.amount) - coalesce(u.used, 0)
FROM ledger_entry e LEFT JOIN (
  SELECT entry_id, sum(amount) AS used FROM (
    SELECT credit_id AS entry_id, amount FROM ledger_allocation WHERE undone_at IS NULL
    UNION ALL SELECT debit_id, amount FROM ledger_allocation WHERE undone_at IS NULL) s GROUP BY entry_id) u
  ON u.entry_id = e.id
WHERE e.account_id IS NOT NULL AND e.amount <> 0
  AND NOT EXISTS (SELECT FROM ledger_openitem o WHERE o.entry_id = e.id)
ORDER BY e.id;
UPDATE ledger_openitem o SET open_amount = o.amount - u.used
FROM (SELECT debit_id, sum(amount) AS used FROM ledger_allocation WHERE undone_at IS NULL GROUP BY debit_id) u
WHERE o.entry_id = u.debit_id AND o.open_amount <> o.amount - u.used;
INSERT INTO ledger_accountbalance (account_id, amount)
SELECT account_id, sum(amount) FROM ledger_entry WHERE account_id IS NOT NULL GROUP BY account_id
ON CONFLICT (account_id) DO UPDATE SET amount = excluded.amount
