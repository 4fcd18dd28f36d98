// mode: read
// returns: facts
// parameters: first, last
// All versions, the oldest first; `first` and `last` are the lowest and the highest uid they can have.
MATCH (c:Collection) WHERE c.uid >= $first AND c.uid <= $last
RETURN c {.*, created_at: null} AS facts
ORDER BY c.uid
