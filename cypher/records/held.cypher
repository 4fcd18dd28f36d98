// mode: read
// returns: facts
// parameters: uid
// A record of a label.
MATCH (n:LABEL {uid: $uid})
RETURN n {.*, created_at: null} AS facts
