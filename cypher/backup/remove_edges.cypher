// mode: write
// returns: removed
// parameters: uids
// Removes what a restore that was cut off wrote of the edges that begin at these nodes; it writes them again.
UNWIND $uids AS uid
MATCH (a:LABEL {uid: uid})-[e]->()
DELETE e
RETURN count(*) AS removed
