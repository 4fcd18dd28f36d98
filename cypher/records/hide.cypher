// mode: write
// returns: uid
// parameters: uid
// A tombstone of a record of a label: the node stays, so that lineage has no hole.
MATCH (n:LABEL {uid: $uid}) SET n.deleted = true RETURN n.uid AS uid
