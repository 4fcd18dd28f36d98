// mode: write
// returns: uid, created_us
// parameters: storage, created_at
MERGE (s:Storage {slot: $storage.slot})
ON CREATE SET s += $storage, s.created_at = datetime($created_at)
RETURN s.uid AS uid, s.created_us AS created_us
