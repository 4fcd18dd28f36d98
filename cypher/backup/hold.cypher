// mode: write
// returns: held
// parameters: spaces
// Locks who writes in these spaces, where an engine has such locks, until the transaction ends; it is undone.
MATCH (w:Writer) WHERE w.space IN $spaces
SET w.last_us = w.last_us
RETURN count(w) AS held
