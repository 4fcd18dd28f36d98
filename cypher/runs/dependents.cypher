// mode: read
// returns: dependents
// parameters: uid
// How many artifacts this run made.
MATCH (r:Run {uid: $uid})
OPTIONAL MATCH (a:Artifact)-[:OUTPUT_OF]->(r)
RETURN count(DISTINCT a) AS dependents
