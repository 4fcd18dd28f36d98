// mode: read
// returns: dependents
// parameters: uid
// Nothing depends on a collection.
MATCH (c:Collection {uid: $uid}) RETURN 0 AS dependents
