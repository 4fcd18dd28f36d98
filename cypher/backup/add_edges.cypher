// mode: write
// returns: added
// parameters: rows
// Each row gives the uids of both ends, `properties`, and `times` as text. One without its end is not written.
UNWIND $rows AS row
MATCH (a:BEGIN_LABEL {uid: row.begin})
MATCH (b:END_LABEL {uid: row.end})
CREATE (a)-[e:EDGE]->(b)
SET e = row.properties
FOREACH (each IN row.times | SET e[each[0]] = datetime(each[1]))
RETURN count(e) AS added
