// mode: write
// returns: uid
// parameters: uid, changes
MATCH (r:Run {uid: $uid}) SET r += $changes RETURN r.uid AS uid
