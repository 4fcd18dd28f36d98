// mode: read
// returns: labels, nodes, known
// parameters: spaces
// How many nodes of these spaces have which labels, and how many of them a uid.
MATCH (n) WHERE n.space IN $spaces
RETURN labels(n) AS labels, count(*) AS nodes, sum(CASE WHEN n.uid > '' THEN 1 ELSE 0 END) AS known
