// mode: read
// returns: runs
// parameters: uids
// One row, one list a run: its facts, what it read as [artifact, saw, step], what it made as [artifact, seq, step].
UNWIND $uids AS uid
MATCH (r:Run {uid: uid})-[:RUN_OF]->(t:Transform)
RETURN collect([
  r.uid, r.name, r.status, r.started_us, r.finished_us, [(r)-[:CREATED_BY]->(u:User) | u.handle],
  t.uid, t.key, t.name, t.type, t.version, r.space, r.git_dirty,
  [(a:Artifact)-[i:INPUT_OF]->(r) WHERE a.kind = 'data' | [a.uid, i.saw, i.step]],
  [(a:Artifact)-[o:OUTPUT_OF]->(r) WHERE a.kind = 'data' | [a.uid, o.seq, o.step]]
]) AS runs
