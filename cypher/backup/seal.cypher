// mode: read
// returns: writers, transactions, last
// parameters: spaces
// What differs after any saving transaction in these spaces: each begins by counting itself, see store/apply.
MATCH (w:Writer) WHERE w.space IN $spaces
RETURN count(w) AS writers, sum(w.applied) AS transactions, max(w.last_us) AS last
