// mode: read
// returns: uid, facts
// parameters: head
// The latest version of the transform with this identity.
MATCH (t:Transform {head: $head}) RETURN t.uid AS uid, properties(t) AS facts
