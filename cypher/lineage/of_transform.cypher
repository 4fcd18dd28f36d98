// mode: read
// returns: runs, own
// parameters: uid, upstream, downstream
// Two rows: all runs of the transform with their predecessors, and with their successors; `own` are its runs themselves.
MATCH (b:Run)-[:RUN_OF]->(:Transform {uid: $uid})
WHERE $upstream
CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, collect(DISTINCT b.uid) AS own
UNION ALL
MATCH (b:Run)-[:RUN_OF]->(:Transform {uid: $uid})
WHERE $downstream
CALL (b) { MATCH (b)<-[:PREDECESSOR*0..]-(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, collect(DISTINCT b.uid) AS own
