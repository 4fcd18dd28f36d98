// mode: read
// returns: dependents
// parameters: uid
// How many runs this transform has.
MATCH (t:Transform {uid: $uid})
OPTIONAL MATCH (t)<-[:RUN_OF]-(r:Run)
RETURN count(DISTINCT r) AS dependents
