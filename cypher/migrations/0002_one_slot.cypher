// mode: write
// returns: none
// parameters: none
// One identity a node: the latest version's slot takes the place of `head`, and older versions put their number before it.
// A run is known by its uid alone.
MATCH (n:Artifact) WHERE n.is_latest = false AND n.slot ENDS WITH ':' + substring(n.uid, 16)
SET n.slot = substring(n.uid, 16) + ' ' + left(n.slot, size(n.slot) - 5), n.folded = null;
MATCH (n:Artifact) WHERE n.head IS NOT NULL SET n.slot = n.head, n.head = null;

MATCH (n:Transform) WHERE n.is_latest = false AND n.slot ENDS WITH ':' + substring(n.uid, 12)
SET n.slot = substring(n.uid, 12) + ' ' + left(n.slot, size(n.slot) - 5);
MATCH (n:Transform) WHERE n.head IS NOT NULL SET n.slot = n.head, n.head = null;

MATCH (n:Collection) WHERE n.is_latest = false AND n.slot ENDS WITH ':' + substring(n.uid, 16)
SET n.slot = substring(n.uid, 16) + ' ' + left(n.slot, size(n.slot) - 5);
MATCH (n:Collection) WHERE n.head IS NOT NULL SET n.slot = n.head, n.head = null;

MATCH (n:Run) WHERE n.slot IS NOT NULL SET n.slot = null;
