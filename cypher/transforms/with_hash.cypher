// mode: read
// returns: facts
// parameters: hash, space
// All versions of transforms with this source code, the newest first.
MATCH (t:Transform {hash: $hash})
WHERE t.space = $space AND t.deleted = false
RETURN t {.*, created_at: null} AS facts
ORDER BY t.created_us DESC
