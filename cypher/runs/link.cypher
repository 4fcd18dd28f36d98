// mode: write
// returns: linked
// parameters: run, artifacts
// Runs in the same transaction as `inputs`, after it: the run follows each run that had made one of these artifacts when it
// was read, and the same of their transforms.
MATCH (r:Run {uid: $run})
UNWIND $artifacts AS uid
MATCH (r)<-[i:INPUT_OF]-(a:Artifact {uid: uid})-[o:OUTPUT_OF]->(p:Run)
WHERE o.seq < i.saw AND p.uid <> r.uid
WITH DISTINCT r, p
MERGE (r)-[:PREDECESSOR]->(p)
WITH r, p
MATCH (r)-[:RUN_OF]->(t:Transform)
MATCH (p)-[:RUN_OF]->(q:Transform)
WHERE t.uid <> q.uid
MERGE (t)-[:PREDECESSOR {by: 'run'}]->(q)
RETURN count(p) AS linked
