// mode: write
// returns: removed
// parameters: uid
MATCH (n:Artifact {uid: $uid}) DETACH DELETE n RETURN count(*) AS removed
