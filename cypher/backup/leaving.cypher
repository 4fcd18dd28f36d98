// mode: read
// returns: edges
// parameters: uids
// The edges that begin at nodes of a label with these uids, and what is at their ends.
UNWIND $uids AS uid
MATCH (a:LABEL {uid: uid})-[e]->(b)
RETURN collect([uid, type(e), labels(b), b.uid, b.space, properties(e)]) AS edges
