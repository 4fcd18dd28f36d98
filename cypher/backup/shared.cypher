// mode: read
// returns: shared
// parameters: spaces
// What belongs to no space (users and storages among it) and is at the end of an edge from a node of these spaces.
MATCH (n:LABEL)-->(s)
WHERE n.space IN $spaces AND s.space IS NULL
RETURN collect(DISTINCT [labels(s), s.uid]) AS shared
