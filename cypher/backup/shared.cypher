// mode: read
// returns: shared
// parameters: spaces
// The users and storages at the ends of edges from nodes of these spaces. LABEL is replaced, and so is SHARED.
MATCH (n:LABEL)-->(s:SHARED)
WHERE n.space IN $spaces
RETURN collect(DISTINCT s.uid) AS shared
