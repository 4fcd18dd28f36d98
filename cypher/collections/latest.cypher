// mode: read
// returns: facts
// parameters: slot
MATCH (c:Collection {slot: $slot}) RETURN properties(c) AS facts
