// mode: write
// returns: touched
// parameters: run, artifacts, at, now_us
// The run read these artifacts. Counting `seq` first locks each artifact. A run that reads its own output gets no edge.
MATCH (r:Run {uid: $run})
SET r.step = coalesce(r.step, 0) + 1, r.last_us = $now_us
WITH r
UNWIND $artifacts AS uid
MATCH (a:Artifact {uid: uid})
SET a.seq = coalesce(a.seq, 0) + 1
FOREACH (_ IN CASE WHEN EXISTS { MATCH (a)-[:OUTPUT_OF]->(r) } THEN [] ELSE [1] END |
  MERGE (a)-[i:INPUT_OF]->(r)
  ON CREATE SET i.saw = a.seq, i.step = r.step, i.at = datetime($at)
)
RETURN count(a) AS touched
