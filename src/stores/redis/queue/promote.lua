-- include: head, ready, task, wake
-- flags: allow-oom
-- Makes delayed tasks ready now, at the head of their lists, in the order in which they are named.
--
-- KEYS
--   task      hash, kept: see task.lua
--   held      hash, kept: see held.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see requeue.lua
-- ARGV
--   ids...    of the tasks
-- Reply, one an id: 1 promoted, or held by a worker | 0 neither
local reply = {}
for i = #ARGV, IDS, -1 do
  local id = ARGV[i]
  local value = call('ZSCORE', DELAYED, id) and call('HGET', TASK, id)
  if value then
    local task = unpack_task(value)
    task.due = whole(now)
    will_have_ready(task.priority)
    -- First, since it is what may raise.
    call('LPUSH', READY(task.priority), id .. ':' .. task.generation)
    save_task(id, value, task)
    call('ZREM', DELAYED, id)
  end
  reply[i - IDS + 1] = (value or call('HEXISTS', HELD, id) == 1) and 1 or 0
end
wake()
return reply
