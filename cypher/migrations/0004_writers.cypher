// mode: schema
// returns: none
// parameters: none
// A writer counts its transactions in the graph, so that one whose answer was lost is known.
CREATE CONSTRAINT writer_uid IF NOT EXISTS FOR (n:Writer) REQUIRE n.uid IS UNIQUE;
