// mode: read
// returns: facts
// parameters: slots
// The records of a label that have these slots; one that is not there gives no row.
UNWIND $slots AS slot
MATCH (n:LABEL {slot: slot})
RETURN n {.*, created_at: null} AS facts
