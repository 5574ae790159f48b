-- include: head, finish, wake, find-held
-- Takes tasks that wait out of their queue.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   tombs     hash, kept: see claim.lua

-- Raise before anything is moved.
call('ZCARD', DELAYED)
call('HLEN', TOMBS)

-- The live tasks among some ids, and those of them that are held: id -> value, and id -> where.
local function live_tasks(ids)
  local values, wanted = {}, {}
  for _, id in ipairs(ids) do
    local value = call('HGET', TASK, id)
    if value then
      values[id], wanted[id] = value, true
    end
  end
  return values, next(wanted) and find_held(wanted) or {}
end

-- A task leaves the delayed ones, or its list, where its entry is left over: to remove that would take as long as the list.
local function leave_queue(id)
  if call('ZREM', DELAYED, id) == 0 then
    call('HSET', TOMBS, id, '1')
    add_feature('z')
  end
end

local function note_next_due()
  local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  set_next_due(tonumber(first or ''))
end
