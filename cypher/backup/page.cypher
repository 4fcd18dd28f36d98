// mode: read
// returns: nodes
// parameters: spaces, after, most
// The nodes of a label in the order of their uids, `most` at once. LABEL is replaced, see `provgraph.statements.typed`.
MATCH (n:LABEL)
WHERE n.uid > $after AND n.space IN $spaces
WITH n ORDER BY n.uid LIMIT $most
RETURN collect([n.uid, labels(n), properties(n)]) AS nodes
