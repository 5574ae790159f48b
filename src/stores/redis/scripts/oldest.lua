-- include: head
-- The age of what is ready.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   ready:0-9 lists, kept: see ready.lua
local LARGE, LEFT_OVER = 65536, 100

-- When the first task of a line was due. Entries of revoked tasks are passed over, and a task whose value is large is not read.
local function due_of_first(priority)
  for index = 0, LEFT_OVER - 1 do
    local id = redis.pcall('LINDEX', READY(priority), whole(index))
    if type(id) ~= 'string' then
      return ''
    end
    local size = call('HSTRLEN', TASK, id)
    if size > LARGE then
      return ''
    elseif size > 0 then
      local queued, due = string.match(call('HGET', TASK, id), '^(%d+),(%d*),')
      return due and due ~= '' and due or queued or ''
    end
  end
  return ''
end

-- When the ready task that waits longest was due; nothing where none is ready.
local function oldest_due()
  local oldest
  for priority in string.gmatch(mask, '%d') do
    local due = tonumber(due_of_first(priority))
    if due and (not oldest or due < oldest) then
      oldest = due
    end
  end
  return oldest
end
