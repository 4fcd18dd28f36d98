// mode: read
// returns: nodes
// parameters: uids
// The nodes of a label with these uids; one that is not there is left out.
UNWIND $uids AS uid
MATCH (n:LABEL {uid: uid})
RETURN collect([uid, labels(n), properties(n)]) AS nodes
