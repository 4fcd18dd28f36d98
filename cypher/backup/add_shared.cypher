// mode: write
// returns: kept, uid
// parameters: rows
// Users and storages are known by their slots: one that the graph has already stays as it is, under its own uid.
UNWIND $rows AS row
MERGE (n:LABEL {slot: row.properties.slot})
ON CREATE SET n = row.properties
FOREACH (each IN CASE WHEN n.uid = row.uid THEN row.times ELSE [] END | SET n[each[0]] = datetime(each[1]))
RETURN row.uid AS kept, n.uid AS uid
