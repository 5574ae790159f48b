-- include: head
-- flags: allow-oom
-- Some of the tasks that have left the queue, and were not seen to arrive where they go.
--
-- KEYS
--   moving    hash, kept: see move-out.lua
-- Reply, two a task: id of the new task, what is noted of it
return call('HSCAN', MOVING, '0', 'COUNT', '100')[2]
