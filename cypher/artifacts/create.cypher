// mode: write
// returns: created
// parameters: rows, user, created_at
MERGE (u:User {slot: $user.slot})
ON CREATE SET u += $user, u.created_at = datetime($created_at)
WITH u
UNWIND $rows AS row
MERGE (s:Storage {slot: row.storage.slot})
ON CREATE SET s += row.storage, s.created_at = datetime($created_at)
CREATE (a:Artifact)
SET a = row.facts, a.created_at = datetime(row.created_at)
CREATE (a)-[:CREATED_BY]->(u)
CREATE (a)-[:STORED_IN]->(s)
RETURN count(a) AS created
