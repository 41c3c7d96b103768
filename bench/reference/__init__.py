"""The reference set (PLT-35): 20,000 premises and ten years of postings in a kept database, and what is timed on it."""
