// mode: write
// returns: uid
// parameters: uid, changes
MATCH (a:Artifact {uid: $uid}) SET a += $changes RETURN a.uid AS uid
