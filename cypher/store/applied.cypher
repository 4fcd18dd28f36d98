// mode: read
// returns: uid, applied
// parameters: writers
// The highest number that each of these writers had applied; one that never wrote gives no row.
UNWIND $writers AS uid
MATCH (w:Writer {uid: uid})
RETURN w.uid AS uid, w.applied AS applied
