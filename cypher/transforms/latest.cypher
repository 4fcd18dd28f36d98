// mode: read
// returns: facts
// parameters: slots
// The latest versions of the transforms with these identities.
UNWIND $slots AS slot
MATCH (t:Transform {slot: slot})
RETURN t {.*, created_at: null} AS facts
