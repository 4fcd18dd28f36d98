// mode: read
// returns: dependents
// parameters: uid
// How many runs this transform has, and of how many others a person named it a predecessor: no run would say that again.
MATCH (t:Transform {uid: $uid})
OPTIONAL MATCH (t)<-[:RUN_OF]-(r:Run)
WITH t, count(DISTINCT r) AS runs
OPTIONAL MATCH (t)<-[e:PREDECESSOR]-(s:Transform) WHERE e.by = 'hand'
WITH runs, count(DISTINCT s) AS followers
RETURN runs + followers AS dependents
