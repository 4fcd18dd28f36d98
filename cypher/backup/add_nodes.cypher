// mode: write
// returns: added
// parameters: rows
// Each row gives `uid`, `properties`, and `times`: names of properties with datetimes as text.
UNWIND $rows AS row
MERGE (n:LABEL {uid: row.uid})
SET n = row.properties
FOREACH (each IN row.times | SET n[each[0]] = datetime(each[1]))
RETURN count(n) AS added
