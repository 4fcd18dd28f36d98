// mode: read
// returns: runs
// parameters: uid, upstream, downstream
// Two rows: the runs that made the artifact with all their predecessors, and the runs that read it with all their successors.
// The closure is the one form that stays linear on both engines and ends on cycles.
MATCH (a:Artifact {uid: $uid})-[:OUTPUT_OF]->(b:Run)
WHERE $upstream
CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs
UNION ALL
MATCH (a:Artifact {uid: $uid})-[:INPUT_OF]->(b:Run)
WHERE $downstream
CALL (b) { MATCH (b)<-[:PREDECESSOR*0..]-(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs
