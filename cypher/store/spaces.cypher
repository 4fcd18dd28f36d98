// mode: read
// returns: space, nodes
// parameters: none
// Every space of the database, and how many records it holds; writers are none.
MATCH (n) WHERE n.space IS NOT NULL AND NOT n:Writer RETURN n.space AS space, count(*) AS nodes ORDER BY space
