// mode: write
// returns: uid
// parameters: slot, name
// Gives no row for a user who is not there, or has that name already.
MATCH (u:User {slot: $slot})
WHERE u.name IS NULL OR u.name <> $name
SET u.name = $name
RETURN u.uid AS uid
