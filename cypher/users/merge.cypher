// mode: write
// returns: uid, name
// parameters: user, created_at
MERGE (u:User {slot: $user.slot})
ON CREATE SET u += $user, u.created_at = datetime($created_at)
SET u.name = coalesce($user.name, u.name)
RETURN u.uid AS uid, u.name AS name
