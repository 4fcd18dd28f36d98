// mode: write
// returns: uid, version
// parameters: first, last
// The names of all versions of a record of a label, see records/versions. Setting `is_latest` to what it is locks them
// first: of two who give versions of one record a name, the second one sees the first one's. The right side is a
// function, since Neo4j reads a bare property before it has the lock.
MATCH (n:LABEL) WHERE n.uid >= $first AND n.uid <= $last
SET n.is_latest = coalesce(n.is_latest, false)
RETURN n.uid AS uid, n.version AS version
