// mode: read
// returns: uid, pid, pid_started, last_us
// parameters: host
// Runs that this host began and nobody finished.
MATCH (r:Run {status: 'running'})
WHERE r.host = $host
RETURN r.uid AS uid, r.pid AS pid, r.pid_started AS pid_started, r.last_us AS last_us
