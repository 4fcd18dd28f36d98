// mode: read
// returns: edges
// parameters: uids, spaces
// The edges that end at nodes of a label with these uids and begin outside of these spaces.
UNWIND $uids AS uid
MATCH (b:LABEL {uid: uid})<-[e]-(a)
WHERE NOT coalesce(a.space, '') IN $spaces
RETURN collect([uid, type(e), labels(a), a.uid, a.space, properties(e)]) AS edges
