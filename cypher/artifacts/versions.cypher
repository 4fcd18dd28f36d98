// mode: read
// returns: facts
// parameters: first, last
// All versions, the oldest first; `first` and `last` are the lowest and the highest uid they can have.
MATCH (a:Artifact) WHERE a.uid >= $first AND a.uid <= $last
RETURN a {.*, created_at: null} AS facts
ORDER BY a.uid
