// mode: read
// returns: facts
// parameters: uid
MATCH (a:Artifact {uid: $uid})
RETURN a {.*, created_at: null} AS facts
