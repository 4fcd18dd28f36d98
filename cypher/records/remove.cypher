// mode: write
// returns: removed
// parameters: uid
// A record of a label, with its edges.
MATCH (n:LABEL {uid: $uid}) DETACH DELETE n RETURN count(*) AS removed
