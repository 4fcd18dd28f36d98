// mode: read
// returns: runs
// parameters: uid, upstream, downstream
// Two rows: the run with all its predecessors, and with all its successors.
MATCH (b:Run {uid: $uid})
WHERE $upstream
CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs
UNION ALL
MATCH (b:Run {uid: $uid})
WHERE $downstream
CALL (b) { MATCH (b)<-[:PREDECESSOR*0..]-(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs
