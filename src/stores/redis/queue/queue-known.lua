-- include: known-tasks
-- Queues tasks whose ids may have been used before. Refused whole when the server is out of memory.
--
-- KEYS and ARGV: all in known-tasks.lua
-- Reply, four a task: 1 queued | 0 duplicate, queuedAt (ms), record of a finished duplicate or '', job of a live one or ''; SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
return queue_known_tasks()
