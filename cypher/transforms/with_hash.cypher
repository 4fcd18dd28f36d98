// mode: read
// returns: uid, facts
// parameters: hash, space
// All versions of transforms with this source code, the newest first.
MATCH (t:Transform {hash: $hash})
WHERE t.space = $space AND t.deleted = false
RETURN t.uid AS uid, properties(t) AS facts
ORDER BY t.created_us DESC
