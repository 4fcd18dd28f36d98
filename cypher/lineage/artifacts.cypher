// mode: read
// returns: artifacts, firsts
// parameters: uids, made
// One row with a list an artifact: its facts. One row with the artifacts of `made`, each with the `seq` of the first
// output that the graph holds, whoever's it is.
UNWIND $uids AS uid
MATCH (a:Artifact {uid: uid})
RETURN collect([
  a.uid, a.key, a.description, a.suffix, a.size, a.hash, a.version, a.is_latest, a.created_us,
  [(a)-[:CREATED_BY]->(u:User) | u.handle], a.space, a.deleted, a.kind
]) AS artifacts, [] AS firsts
UNION ALL
UNWIND $made AS uid
MATCH (:Artifact {uid: uid})-[o:OUTPUT_OF]->(:Run)
WITH uid, min(o.seq) AS first
RETURN [] AS artifacts, collect([uid, first]) AS firsts
