// mode: read
// returns: facts
// parameters: first, last
// All versions of a transform, the oldest first; `first` and `last` are the lowest and the highest uid they can have.
MATCH (t:Transform) WHERE t.uid >= $first AND t.uid <= $last
RETURN t {.*, created_at: null} AS facts
ORDER BY t.uid
