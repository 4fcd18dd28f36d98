// mode: read
// returns: artifacts
// parameters: uids
// One row, one list an artifact: its facts.
UNWIND $uids AS uid
MATCH (a:Artifact {uid: uid})
RETURN collect([
  a.uid, a.key, a.description, a.suffix, a.size, a.hash, a.version, a.is_latest, a.created_us,
  [(a)-[:CREATED_BY]->(u:User) | u.handle], a.space, a.deleted, a.kind
]) AS artifacts
