// mode: read
// returns: type, edges
// parameters: spaces
// How many edges of which type begin at nodes of these spaces.
MATCH (a)-[e]->() WHERE a.space IN $spaces
RETURN type(e) AS type, count(e) AS edges
