// mode: write
// returns: transform, met, derived
// parameters: transform, predecessors
// Removes the edges that a person named; `derived` are the predecessors that only runs make. That is seen before any edge
// is removed: Neo4j refuses to look at a removed one.
MATCH (t:Transform {uid: $transform})
SET t.step = coalesce(t.step, 0) + 1
WITH t
OPTIONAL MATCH (p:Transform) WHERE p.uid IN $predecessors
OPTIONAL MATCH (t)-[e:PREDECESSOR]->(p)
WITH t, p, collect(e) AS edges
WITH t, p, edges, [e IN edges WHERE e.by = 'hand'] AS named
WITH t, p, named, size(named) = 0 AND size(edges) > 0 AS is_derived
FOREACH (e IN named | DELETE e)
RETURN t.uid AS transform, collect(p.uid) AS met, collect(CASE WHEN is_derived THEN p.uid END) AS derived
