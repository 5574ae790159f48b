-- include: head, tasks, batch, unusable-list
-- Puts tasks into the lists of ready ones.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: ids, one list a priority, the next to run at the left. An id whose task was revoked is left over
-- policy: CHUNK_TASKS

-- Raises where the delayed tasks have another type: in scripts that have moved something before they come to them.
local function check_delayed()
  call('ZCARD', DELAYED)
end

-- Whether the entries are in the list: not in one of another type. Never raises.
local function try_push(command, priority, ids)
  for first = 1, #ids, MOST_ARGUMENTS do
    local last = math.min(first + MOST_ARGUMENTS - 1, #ids)
    if type(redis.pcall(command, READY(priority), unpack(ids, first, last))) ~= 'number' then
      return false
    end
  end
  return true
end

local function push(command, priority, ids)
  mark_priority(priority)
  if not try_push(command, priority, ids) then
    wait_for_list(ids)
  end
end

-- Delayed tasks that are due become ready, in the order of their times. Those whose list has another type stay delayed. Returns the ids
-- that are delayed no more.
local function make_due_ready()
  if not next_due or next_due > now then
    return {}
  end
  local due = call('ZRANGEBYSCORE', DELAYED, '-inf', whole(now), 'LIMIT', 0, CHUNK_TASKS)
  local moved = {}
  if #due > 0 then
    local lists = {}
    for i, value in ipairs(call('HMGET', TASK, unpack(due))) do
      local priority = value and read_task(value).priority
      if priority then
        lists[priority] = lists[priority] or {}
        table.insert(lists[priority], due[i])
      else
        moved[#moved + 1] = due[i]
      end
    end
    for priority, ids in pairs(lists) do
      mark_priority(priority)
      if try_push('RPUSH', priority, ids) then
        for _, id in ipairs(ids) do
          moved[#moved + 1] = id
        end
      end
    end
    call_with('ZREM', DELAYED, moved)
  end
  local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  set_next_due(tonumber(first or ''))
  return moved
end

-- Number of ready tasks, left-over entries among them. Never raises: a list that has another type counts nothing.
local function count_ready()
  local ready = 0
  for priority in string.gmatch(mask, '%d') do
    local length = redis.pcall('LLEN', READY(priority))
    if length == 0 then
      mask = string.gsub(mask, priority, '')
    end
    ready = ready + (type(length) == 'number' and length or 0)
  end
  return ready
end
