// mode: write
// returns: revised
// parameters: rows
UNWIND $rows AS row
MATCH (new:Artifact {uid: row.uid})
MATCH (old:Artifact {uid: row.older})
MERGE (new)-[:REVISION_OF]->(old)
RETURN count(new) AS revised
