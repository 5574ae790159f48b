-- include: head, finish, wake, find-held, left-overs
-- Takes tasks that wait out of their queue.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms

-- Raise before anything is moved.
call('ZCARD', DELAYED)
check_left_overs()

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
    leave_over(id)
  end
end

local function note_next_due()
  local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  set_next_due(tonumber(first or ''))
end

-- Whether a record says that the task was revoked with an outcome: a call that is sent again finds its own.
local function was_revoked(record, outcome)
  local status, live, written, start = string.match(record, '^(%d+),%d+,%-?%d+,%d+,(%d+),(%d+),[^\n]*\n()')
  local from = start and start + tonumber(live)
  return status == REVOKED and string.sub(record, from, from + tonumber(written) - 1) == outcome
end
