// mode: write
// returns: linked
// parameters: run, artifacts
// Runs in the same transaction as `inputs`, after it: the run follows each run that had made one of these artifacts when it
// was read, and the same of their transforms. It begins at the artifacts, which have few edges; a run can have very many.
// Counting `step` locks a transform that gets an edge: of two who merge one at once both would make it on the local engine.
// `inputs` has locked the run so.
UNWIND $artifacts AS uid
MATCH (a:Artifact {uid: uid})-[i:INPUT_OF]->(r:Run)
WHERE r.uid = $run
MATCH (a)-[o:OUTPUT_OF]->(p:Run)
WHERE o.seq < i.saw AND p.uid <> $run
WITH DISTINCT r, p
MERGE (r)-[:PREDECESSOR]->(p)
WITH r, p
MATCH (r)-[:RUN_OF]->(t:Transform)
MATCH (p)-[:RUN_OF]->(q:Transform)
WHERE t.uid <> q.uid AND NOT EXISTS { MATCH (t)-[e:PREDECESSOR]->(q) WHERE e.by = 'run' }
WITH DISTINCT t, q
SET t.step = coalesce(t.step, 0) + 1
MERGE (t)-[:PREDECESSOR {by: 'run'}]->(q)
RETURN count(t) AS linked
