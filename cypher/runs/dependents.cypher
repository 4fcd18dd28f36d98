// mode: read
// returns: dependents
// parameters: uid
// How many artifacts this run made.
MATCH (r:Run {uid: $uid})
OPTIONAL MATCH (r)<-[:OUTPUT_OF]-(a:Artifact)
RETURN count(DISTINCT a) AS dependents
