// mode: read
// returns: facts
// parameters: uid
MATCH (s:Storage {uid: $uid})
RETURN s {.*, created_at: null} AS facts
