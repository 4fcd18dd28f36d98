// mode: write
// returns: before
// parameters: writer, number, space, now_us
// Stands first in every transaction: notes its number, and gives the highest number that the writer had applied before.
// Where that is not lower, the transaction was committed already, and its answer was lost. Noting the time locks the
// writer, and comes before `applied` is read: merging alone locks nothing that is there on Neo4j.
MERGE (w:Writer {uid: $writer})
ON CREATE SET w.space = $space, w.applied = 0
SET w.last_us = $now_us
WITH w, w.applied AS before
SET w.applied = CASE WHEN before < $number THEN $number ELSE before END
RETURN before
