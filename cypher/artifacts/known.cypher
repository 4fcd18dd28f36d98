// mode: read
// returns: facts, root, host
// parameters: folded
// The latest artifacts whose keys are these but for upper and lower case, and where each is stored.
// Their `created_at` is left out, as in all statements that give `facts`: decoding a datetime takes longer than the rest.
UNWIND $folded AS folded
MATCH (a:Artifact {folded: folded})-[:STORED_IN]->(s:Storage)
RETURN a {.*, created_at: null} AS facts, s.root AS root, s.host AS host
