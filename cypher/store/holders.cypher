// mode: read
// returns: handle, nodes
// parameters: space
// How many records of a space each user made, who has most of them first; writers are none.
MATCH (n) WHERE n.space = $space AND NOT n:Writer
OPTIONAL MATCH (n)-[:CREATED_BY]->(u:User)
RETURN u.handle AS handle, count(*) AS nodes ORDER BY nodes DESC, handle
