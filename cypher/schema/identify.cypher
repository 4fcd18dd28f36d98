// mode: write
// returns: uid
// parameters: name, uid
MATCH (s:Schema {name: $name}) SET s.uid = coalesce(s.uid, $uid) RETURN s.uid AS uid
