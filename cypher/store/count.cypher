// mode: read
// returns: nodes
// parameters: space
MATCH (n) WHERE n.space = $space RETURN count(n) AS nodes
