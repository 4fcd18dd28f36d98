// mode: read
// returns: uids
// parameters: spaces
// The uids of a label's nodes. LABEL is replaced, see `provgraph.statements.typed`. One list: pages in the order of an index
// cost the local engine twice as much.
MATCH (n:LABEL)
WHERE n.uid > '' AND n.space IN $spaces
RETURN collect(n.uid) AS uids
