// mode: read
// returns: facts
// parameters: uid
MATCH (u:User {uid: $uid})
RETURN u {.*, created_at: null} AS facts
