// mode: read
// returns: facts
// parameters: uid
MATCH (r:Run {uid: $uid})
RETURN r {.*, created_at: null} AS facts
