-- include: queue-tasks
-- Stores tasks and makes them ready, or delays them. Refused whole when the server is out of memory.
--
-- KEYS and ARGV: all in queue-tasks.lua
-- Reply, three a task: 1 queued | 0 duplicate, queuedAt (ms), record of a finished duplicate or ''
return queue_tasks()
