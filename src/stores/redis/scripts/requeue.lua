-- include: ready, task, held, task-progress
-- Puts held tasks back into the queue. Nothing here raises, since other tasks may have been moved already by the same call.
--
-- KEYS
--   held      hash, kept: see held.lua
--   progress  hash, kept: see task-progress.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: "id:generation", one list a priority, the next to run at the left

-- Raises before anything is moved.
call('ZCARD', DELAYED)

-- To the head of the task's list, or to its end, or among the delayed ones. outcome: as of save_task.
local function requeue(id, value, task, delay, at_head, outcome)
  if delay > 0 then
    task.due = whole(now + delay)
  end
  if delay <= 0 then
    will_have_ready(task.priority)
  end
  local is_ready = delay <= 0
    and type(redis.pcall(at_head and 'LPUSH' or 'RPUSH', READY(task.priority), id .. ':' .. task.generation)) == 'number'
  if not is_ready then
    -- Of a list that has another type, too: it waits here until the list can be used.
    call('ZADD', DELAYED, task.due, id)
  end
  save_task(id, value, task, outcome)
  call('HDEL', HELD, id)
  if has_progress then
    call('HDEL', PROGRESS, id)
  end
end
