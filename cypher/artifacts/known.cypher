// mode: read
// returns: facts, root, host
// parameters: folded
// The latest artifacts whose keys are these but for upper and lower case, and where each is stored.
UNWIND $folded AS folded
MATCH (a:Artifact {folded: folded})-[:STORED_IN]->(s:Storage)
RETURN properties(a) AS facts, s.root AS root, s.host AS host
