// mode: read
// returns: hashes
// parameters: hashes
// Which of these hashes an artifact has, in whatever space, deleted ones too.
UNWIND $hashes AS hash
MATCH (a:Artifact {hash: hash})
RETURN collect(DISTINCT hash) AS hashes
