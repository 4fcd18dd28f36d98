// mode: read
// returns: root, host, location, deleted
// parameters: uid
MATCH (a:Artifact {uid: $uid})
OPTIONAL MATCH (a)-[:STORED_IN]->(s:Storage)
RETURN s.root AS root, s.host AS host, a.location AS location, a.deleted AS deleted
