-- include: task, held, task-progress
-- Puts held tasks back into the queue.
--
-- KEYS
--   held      hash, kept: see held.lua
--   progress  hash, kept: see task-progress.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: "id:generation", one list a priority, the next to run at the left

-- To the head of the task's list, or to its end, or among the delayed ones. outcome: as of save_task.
local function requeue(id, value, task, delay, at_head, outcome)
  if delay > 0 then
    task.due = whole(now + delay)
  end
  save_task(id, value, task, outcome)
  call('HDEL', HELD, id)
  if has_progress then
    call('HDEL', PROGRESS, id)
  end
  if delay > 0 then
    call('ZADD', DELAYED, task.due, id)
  else
    call(at_head and 'LPUSH' or 'RPUSH', READY(task.priority), id .. ':' .. task.generation)
  end
end
