// mode: read
// returns: uid, facts
// parameters: head
MATCH (c:Collection {head: $head}) RETURN c.uid AS uid, properties(c) AS facts
