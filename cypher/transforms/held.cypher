// mode: read
// returns: facts
// parameters: uid
MATCH (t:Transform {uid: $uid})
RETURN t {.*, created_at: null} AS facts
