// mode: read
// returns: hash, facts
// parameters: hashes, space, kind
// The artifacts with this content, the oldest first.
UNWIND $hashes AS hash
MATCH (a:Artifact {hash: hash})
WHERE a.space = $space AND a.kind = $kind AND a.deleted = false
RETURN hash, properties(a) AS facts
ORDER BY a.created_us
