// mode: read
// returns: facts
// parameters: uid
MATCH (c:Collection {uid: $uid})
RETURN c {.*, created_at: null} AS facts
