// mode: write
// returns: removed
// parameters: uid
MATCH (n:Run {uid: $uid}) DETACH DELETE n RETURN count(*) AS removed
