// mode: write
// returns: uid
// parameters: uid, changes, finished_at
MATCH (r:Run {uid: $uid})
SET r += $changes, r.finished_at = datetime($finished_at)
RETURN r.uid AS uid
