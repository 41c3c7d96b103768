"""Who owes what since when, proven against the books: arrears, ageing, collection, and what is done about it."""
