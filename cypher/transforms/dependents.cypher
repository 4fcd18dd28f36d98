// mode: read
// returns: dependents
// parameters: uid
// How many runs this transform has.
MATCH (t:Transform {uid: $uid})
OPTIONAL MATCH (r:Run)-[:RUN_OF]->(t)
RETURN count(DISTINCT r) AS dependents
