// mode: read
// returns: uid
// parameters: name
// What tells this graph from any other; null until it is needed.
MATCH (s:Schema {name: $name}) RETURN s.uid AS uid
