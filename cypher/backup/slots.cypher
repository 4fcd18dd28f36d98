// mode: read
// returns: found
// parameters: slots
// Users or storages with these slots, and their uids.
UNWIND $slots AS slot
MATCH (n:LABEL {slot: slot})
RETURN collect([slot, n.uid]) AS found
