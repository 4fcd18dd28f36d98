// mode: write
// returns: uid
// parameters: uid
// A tombstone: the node stays, so that lineage has no hole.
MATCH (n:Collection {uid: $uid}) SET n.deleted = true RETURN n.uid AS uid
