// mode: write
// returns: added
// parameters: rows
// As add_edges, for edges that begin in other spaces: those may have come with another backup.
UNWIND $rows AS row
MATCH (a:BEGIN_LABEL {uid: row.begin})
MATCH (b:END_LABEL {uid: row.end})
MERGE (a)-[e:EDGE]->(b)
SET e = row.properties
FOREACH (each IN row.times | SET e[each[0]] = datetime(each[1]))
RETURN count(e) AS added
