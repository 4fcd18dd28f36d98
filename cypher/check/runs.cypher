// mode: read
// returns: pairs
// parameters: space
// The PREDECESSOR edges that start at runs of a space.
MATCH (r:Run {space: $space})-[:PREDECESSOR]->(p:Run)
RETURN collect([r.uid, p.uid]) AS pairs
