// mode: write
// returns: uid
// parameters: uid, changes
MATCH (u:User {uid: $uid}) SET u += $changes RETURN u.uid AS uid
