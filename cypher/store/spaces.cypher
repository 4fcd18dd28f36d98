// mode: read
// returns: space, nodes
// parameters: none
// Every space of the database, and how many nodes it holds.
MATCH (n) WHERE n.space IS NOT NULL RETURN n.space AS space, count(*) AS nodes ORDER BY space
