// mode: write
// returns: transform, met, derived
// parameters: transform, predecessors
// The edges that a person names, to the predecessors that are there (`met`); `derived` is empty, see transforms/unprecede.
// Counting `step` locks the transform, see runs/link.
MATCH (t:Transform {uid: $transform})
SET t.step = coalesce(t.step, 0) + 1
WITH t
OPTIONAL MATCH (p:Transform) WHERE p.uid IN $predecessors
WITH t, collect(p) AS found
FOREACH (p IN found | MERGE (t)-[:PREDECESSOR {by: 'hand'}]->(p))
RETURN t.uid AS transform, [p IN found | p.uid] AS met, [] AS derived
