// mode: write
// returns: relocated
// parameters: rows, at
// The bytes of these artifacts now lie elsewhere: each row gives `uid`, `placed`, `location` and the `storage`.
UNWIND $rows AS row
MATCH (a:Artifact {uid: row.uid})-[old:STORED_IN]->(:Storage)
DELETE old
SET a.placed = row.placed, a.location = row.location, a.replaced = false
MERGE (s:Storage {slot: row.storage.slot})
ON CREATE SET s += row.storage, s.created_at = datetime($at)
CREATE (a)-[:STORED_IN]->(s)
RETURN count(a) AS relocated
