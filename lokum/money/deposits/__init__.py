"""Deposits of payers: called, received, used for debts, returned with what the law adds, forfeited (LED-21)."""
