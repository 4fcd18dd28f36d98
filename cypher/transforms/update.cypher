// mode: write
// returns: uid
// parameters: uid, changes
MATCH (t:Transform {uid: $uid}) SET t += $changes RETURN t.uid AS uid
