-- include: head, ready, task, suspects
-- flags: allow-oom
-- Drops a chunk of the tasks that wait.
--
-- KEYS
--   task      hash, kept: see task.lua
--   suspects  hash, kept: see suspects.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see requeue.lua
--   operation string, ten minutes: number of tasks that this operation has dropped; with a dot behind it: all
-- policy: CHUNK_TASKS, OPERATION_TTL
-- Reply: dropped so far by this operation, more (0|1)
local so_far = call('GET', OPERATION)
if so_far and string.sub(so_far, -1) == '.' then
  return { string.sub(so_far, 1, -2), 0 }
end
local seen, dropped = 0, 0
-- Raise before an entry is taken from its list.
call('HLEN', TASK)
call('ZCARD', DELAYED)

-- Deletes waiting tasks. generations: of their list entries, where they have one: through one that was left over, nothing is
-- touched.
local function drop(ids, generations)
  seen = seen + #ids
  if #ids == 0 then
    return
  end
  local waiting = {}
  local values = call('HMGET', TASK, unpack(ids))
  for i, id in ipairs(ids) do
    local value, generation = values[i], generations and generations[i]
    if value and (not generation or is_named(value, generation)) then
      waiting[#waiting + 1] = id
    end
  end
  if #waiting > 0 then
    dropped = dropped + call('HDEL', TASK, unpack(waiting))
    if has_suspects then
      call('HDEL', SUSPECTS, unpack(waiting))
    end
  end
end

for priority in string.gmatch(priorities, '%d') do
  if seen < CHUNK_TASKS then
    local ids, generations = {}, {}
    for _, entry in ipairs(call('LPOP', READY(priority), CHUNK_TASKS - seen) or {}) do
      local id, generation = string.match(entry, '^(.*):(%d+)$')
      ids[#ids + 1] = id or entry
      generations[#generations + 1] = generation or ''
    end
    drop(ids, generations)
  end
end
if seen < CHUNK_TASKS then
  local ids = {}
  local delayed = call('ZPOPMIN', DELAYED, CHUNK_TASKS - seen)
  for i = 1, #delayed, 2 do
    ids[#ids + 1] = delayed[i]
  end
  drop(ids)
end
local total = whole(tonumber(so_far or '0') + dropped)
local more = seen >= CHUNK_TASKS and 1 or 0
call('SET', OPERATION, more == 1 and total or (total .. '.'), 'PX', whole(OPERATION_TTL))
return { total, more }
