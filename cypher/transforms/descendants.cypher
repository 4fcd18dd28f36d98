// mode: read
// returns: uids
// parameters: uid
// The successors of a transform, theirs, and so on; in a cycle not itself.
MATCH (b:Transform {uid: $uid})
CALL (b) { MATCH (b)<-[:PREDECESSOR*1..]-(x:Transform) RETURN DISTINCT x }
WITH x WHERE x.uid <> $uid
RETURN collect(x.uid) AS uids
