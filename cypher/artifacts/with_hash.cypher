// mode: read
// returns: facts, root, host
// parameters: hashes, space, kind
// The artifacts with this content and where each is stored, the oldest first; hidden ones only if they have no key, since
// nothing but their content names them.
UNWIND $hashes AS hash
MATCH (a:Artifact {hash: hash})-[:STORED_IN]->(s:Storage)
WHERE a.space = $space AND a.kind = $kind AND (a.deleted = false OR a.key IS NULL)
RETURN a {.*, created_at: null} AS facts, s.root AS root, s.host AS host
ORDER BY a.created_us
