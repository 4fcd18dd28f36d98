// mode: read
// returns: pairs
// parameters: space
// The PREDECESSOR edges that start at transforms of a space, those made by hand left out.
MATCH (t:Transform {space: $space})-[e:PREDECESSOR]->(q:Transform)
WHERE e.by = 'run'
RETURN collect([t.uid, q.uid]) AS pairs
