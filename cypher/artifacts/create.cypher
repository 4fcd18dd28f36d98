// mode: write
// returns: created, made
// parameters: groups, user, at, now_us
// New artifacts, grouped by the storage that holds them and the run that made them (null: none). Nobody else sees a new
// artifact before the commit, so its first OUTPUT_OF needs no lock: `seq` is 1.
MERGE (u:User {slot: $user.slot})
ON CREATE SET u += $user, u.created_at = datetime($at)
WITH u
UNWIND $groups AS group
MERGE (s:Storage {slot: group.storage.slot})
ON CREATE SET s += group.storage, s.created_at = datetime($at)
WITH u, s, group
OPTIONAL MATCH (r:Run {uid: group.run})
FOREACH (run IN CASE WHEN r IS NULL THEN [] ELSE [r] END | SET run.step = coalesce(run.step, 0) + 1, run.last_us = $now_us)
WITH u, s, r, group
UNWIND group.rows AS row
CREATE (a:Artifact)
SET a = row.facts, a.created_at = datetime(row.created_at), a.seq = CASE WHEN r IS NULL THEN null ELSE 1 END
CREATE (a)-[:CREATED_BY]->(u)
CREATE (a)-[:STORED_IN]->(s)
FOREACH (run IN CASE WHEN r IS NULL THEN [] ELSE [r] END |
  CREATE (a)-[:OUTPUT_OF {seq: 1, step: run.step, at: datetime($at)}]->(run)
)
RETURN count(a) AS created, count(r) AS made
