"""Tables without the history trigger, each with the reason. A test compares this list with the database."""

POSTED = "posted: append-only, it is its own history"
DERIVED = "derived from postings and proved against them"
QUEUE = "a queue that keeps its own states; its rows follow from changes that are noted"
MASS = "mass rows that live between two noted acts"
SELF = "history itself"

EXEMPT = {
    "audit_auditrow": SELF,
    "audit_auditseal": SELF,
    "audit_auditnote": SELF,
    "audit_auditmonth": SELF,
    "ledger_batch": POSTED,
    "ledger_entry": POSTED,
    "ledger_line": POSTED,
    "ledger_periodreopening": POSTED,
    "arrears_relief": POSTED,
    "deposits_depositmove": POSTED,
    "charges_notice": POSTED,
    "charges_chargeline": POSTED,
    "payments_payment": POSTED,
    "papers_issueddocument": POSTED,
    "papers_documentfile": POSTED,
    "interest_interestnote": POSTED,
    "interest_interestline": POSTED,
    "interest_interestwaiver": POSTED,
    "interest_interestwaiverline": POSTED,
    "papers_documenttemplate": "versions: rows are only added, each says who made it and when",
    "annex_storedfile": "content named by its own hash; never changed",
    "ledger_chainhead": DERIVED,
    "ledger_accountbalance": DERIVED,
    "ledger_openitem": DERIVED,
    "ledger_allocation": "each row says who made and who undid it, and when; rows are never deleted",
    "papers_seriescounter": "a counter; the numbers taken stand in the documents",
    "estates_factchange": "history of facts itself: rows are only added",
    "charges_draftline": MASS,
    "charges_correctionline": MASS,
    "documents_deliveryitem": MASS,
    "documents_feechangeletter": MASS,
    "desk_importrow": MASS,
    "occupancy_estateimportrow": MASS,
    "desk_idempotencykey": QUEUE,
    "banking_bankentry": "kept as the bank sent it; what follows from it is posted",
    "jobs_job": QUEUE,
    "jobs_jobline": QUEUE,
    "jobs_workerbeat": QUEUE,
    "outbox_message": QUEUE,
    "outbox_event": QUEUE,
    "outbox_webhookdelivery": QUEUE,
    "access_formerpassword": "hashes of former passwords only",
}
