// mode: read
// returns: facts
// parameters: slot
MATCH (c:Collection {slot: $slot}) RETURN c {.*, created_at: null} AS facts
