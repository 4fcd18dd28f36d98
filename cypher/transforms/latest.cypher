// mode: read
// returns: facts
// parameters: slot
// The latest version of the transform with this identity.
MATCH (t:Transform {slot: $slot}) RETURN t {.*, created_at: null} AS facts
