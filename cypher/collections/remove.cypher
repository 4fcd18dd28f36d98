// mode: write
// returns: removed
// parameters: uid
MATCH (n:Collection {uid: $uid}) DETACH DELETE n RETURN count(*) AS removed
