// mode: read
// returns: dependents
// parameters: uid
// How many runs read this artifact, and collections hold it.
MATCH (a:Artifact {uid: $uid})
OPTIONAL MATCH (a)-[:INPUT_OF]->(r:Run)
WITH a, count(DISTINCT r) AS readers
OPTIONAL MATCH (a)-[:MEMBER_OF]->(c:Collection)
WITH readers, count(DISTINCT c) AS holders
RETURN readers + holders AS dependents
