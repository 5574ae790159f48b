-- Makes delayed tasks due now, at the head of their lists, in the order in which they are named.
--
-- ARGV from 4: ids. Reply, one an id: 1 moved, or held by a worker | 0 neither.
local moved = {}
for i = #ARGV, 4, -1 do
  local id = ARGV[i]
  local value = call('ZREM', DELAYED, id) == 1 and call('HGET', TASK, id)
  if value then
    local task = parse(value)
    task.due = whole(now)
    call('HSET', TASK, id, live(task, body_of(value, task), outcome_of(value, task)))
    call('LPUSH', ready_key(task.priority), id .. ':' .. task.gen)
  end
  moved[i - 3] = (value or call('HEXISTS', HELD, id) == 1) and 1 or 0
end
wake()
return moved
