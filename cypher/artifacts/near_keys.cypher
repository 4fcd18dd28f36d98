// mode: read
// returns: folded, keys
// parameters: folded
// The keys in use that are the same but for upper and lower case.
UNWIND $folded AS folded
MATCH (a:Artifact {folded: folded})
RETURN folded, collect(DISTINCT a.key) AS keys
