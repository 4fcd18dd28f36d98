// mode: read
// returns: runs
// parameters: uids
// A pattern in brackets begins at the node that is known: written the other way, the local engine looks at every artifact.
// One row, one list a run: its facts, what it read as [artifact, saw, step], what it made as [artifact, seq, step].
UNWIND $uids AS uid
MATCH (r:Run {uid: uid})-[:RUN_OF]->(t:Transform)
RETURN collect([
  r.uid, r.name, r.status, r.started_us, r.finished_us, [(r)-[:CREATED_BY]->(u:User) | u.handle],
  t.uid, t.key, t.name, t.type, t.version, r.space, r.git_dirty,
  r.params, r.error, r.git_commit, r.deleted,
  [(r)<-[i:INPUT_OF]-(a:Artifact) WHERE a.kind = 'data' | [a.uid, i.saw, i.step]],
  [(r)<-[o:OUTPUT_OF]-(a:Artifact) WHERE a.kind = 'data' | [a.uid, o.seq, o.step]]
]) AS runs
