// mode: write
// returns: uid
// parameters: uid, changes
MATCH (c:Collection {uid: $uid}) SET c += $changes RETURN c.uid AS uid
