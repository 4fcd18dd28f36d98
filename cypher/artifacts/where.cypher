// mode: read
// returns: root, host, location, placed, size, hash
// parameters: uid
MATCH (a:Artifact {uid: $uid})
OPTIONAL MATCH (a)-[:STORED_IN]->(s:Storage)
RETURN s.root AS root, s.host AS host, a.location AS location, a.placed AS placed, a.size AS size, a.hash AS hash
