// mode: write
// returns: version
// parameters: name, version
MERGE (s:Schema {name: $name}) SET s.version = $version RETURN s.version AS version
