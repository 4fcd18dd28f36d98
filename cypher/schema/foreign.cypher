// mode: read
// returns: labels
// parameters: none
// The labels of any one node; asked only when there is no schema yet, so any node is somebody else's.
MATCH (n) RETURN labels(n) AS labels LIMIT 1
