// mode: read
// returns: uid, facts
// parameters: stem
// All versions of a transform, the oldest first.
MATCH (t:Transform) WHERE t.uid STARTS WITH $stem
RETURN t.uid AS uid, properties(t) AS facts
ORDER BY t.uid
