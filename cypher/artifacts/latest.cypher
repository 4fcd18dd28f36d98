// mode: read
// returns: head, facts, host
// parameters: heads
// The latest version of each of these identities, and the host on which it is stored.
UNWIND $heads AS head
MATCH (a:Artifact {head: head})
OPTIONAL MATCH (a)-[:STORED_IN]->(s:Storage)
RETURN head, properties(a) AS facts, s.host AS host
