// mode: write
// returns: touched
// parameters: run, artifacts, at, now_us
// The run made these artifacts. Counting `seq` first locks each artifact, so that a reader who comes at the same time waits.
// A run that re-creates what it read gets no edge.
MATCH (r:Run {uid: $run})
SET r.step = coalesce(r.step, 0) + 1, r.last_us = $now_us
WITH r
UNWIND $artifacts AS uid
MATCH (a:Artifact {uid: uid})
SET a.seq = coalesce(a.seq, 0) + 1
FOREACH (_ IN CASE WHEN EXISTS { MATCH (a)-[:INPUT_OF]->(r) } THEN [] ELSE [1] END |
  MERGE (a)-[o:OUTPUT_OF]->(r)
  ON CREATE SET o.seq = a.seq, o.step = r.step, o.at = datetime($at)
)
RETURN count(a) AS touched
