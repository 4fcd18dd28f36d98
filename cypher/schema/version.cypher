// mode: read
// returns: version
// parameters: name
// No row when the database holds no schema of this name.
MATCH (s:Schema {name: $name}) RETURN s.version AS version
