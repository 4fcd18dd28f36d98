// mode: write
// returns: removed
// parameters: space, most
// Removes as many as `most` nodes of a space with their edges; called until none is left.
MATCH (n) WHERE n.space = $space
WITH n LIMIT $most
DETACH DELETE n
RETURN count(*) AS removed
