"""Documents beside the month run: statements and confirmations, letters about new fees, payment forms, delivery."""
