-- include: head, tasks, batch
-- Puts tasks into the lists of ready ones.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: ids, one list a priority, the next to run at the left. An id whose task was revoked is left over
-- policy: CHUNK_TASKS

local function push(command, priority, ids)
  call_with(command, READY(priority), ids)
  mark_priority(priority)
end

-- Delayed tasks that are due become ready, in the order of their times. Returns how many.
local function make_due_ready()
  if not next_due or next_due > now then
    return 0
  end
  local due = call('ZRANGEBYSCORE', DELAYED, '-inf', whole(now), 'LIMIT', 0, CHUNK_TASKS)
  if #due > 0 then
    local lists = {}
    for i, value in ipairs(call('HMGET', TASK, unpack(due))) do
      local priority = value and read_task(value).priority
      if priority then
        lists[priority] = lists[priority] or {}
        table.insert(lists[priority], due[i])
      end
    end
    for priority, ids in pairs(lists) do
      push('RPUSH', priority, ids)
    end
    call('ZREM', DELAYED, unpack(due))
  end
  local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  set_next_due(tonumber(first or ''))
  return #due
end

-- Number of ready tasks, left-over entries among them.
local function count_ready()
  local ready = 0
  for priority in string.gmatch(mask, '%d') do
    local length = call('LLEN', READY(priority))
    if length == 0 then
      mask = string.gsub(mask, priority, '')
    end
    ready = ready + length
  end
  return ready
end
