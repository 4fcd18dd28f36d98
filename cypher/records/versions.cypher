// mode: read
// returns: facts
// parameters: first, last
// All versions of a record of a label, the oldest first; `first` and `last` are the lowest and the highest uid they can
// have.
MATCH (n:LABEL) WHERE n.uid >= $first AND n.uid <= $last
RETURN n {.*, created_at: null} AS facts
ORDER BY n.uid
