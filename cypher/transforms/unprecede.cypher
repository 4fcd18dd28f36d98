// mode: write
// returns: met, derived
// parameters: transform, predecessors
// Removes the edges that a person named; `derived` are the predecessors that follow from runs too. That is seen before
// any is removed: Neo4j refuses to look at a removed edge.
MATCH (t:Transform {uid: $transform})
SET t.step = coalesce(t.step, 0) + 1
WITH t
MATCH (p:Transform) WHERE p.uid IN $predecessors
OPTIONAL MATCH (t)-[e:PREDECESSOR]->(p)
WITH p, collect(e) AS edges
WITH p, [e IN edges WHERE e.by = 'hand'] AS named, any(e IN edges WHERE e.by = 'run') AS is_derived
FOREACH (e IN named | DELETE e)
RETURN count(p) AS met, collect(CASE WHEN is_derived THEN p.uid END) AS derived
