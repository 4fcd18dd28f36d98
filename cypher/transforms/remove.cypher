// mode: write
// returns: removed
// parameters: uid
MATCH (n:Transform {uid: $uid}) DETACH DELETE n RETURN count(*) AS removed
