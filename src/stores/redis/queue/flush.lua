-- include: head, ready, counts, suspects, left-overs
-- flags: allow-oom
-- Drops a chunk of the tasks that wait.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
--   tombs     hash, kept: see left-overs.lua
--   attempts  hash, kept: see finish.lua
--   inboxes   hash, kept: see add-inbox.lua
--   operation string, ten minutes: number of tasks that this operation has dropped; with a dot behind it: all
-- policy: CHUNK_TASKS, OPERATION_TTL
-- Reply: dropped so far by this operation, more (0|1)
local so_far = call('GET', OPERATION)
if so_far and string.sub(so_far, -1) == '.' then
  return { string.sub(so_far, 1, -2), 0 }
end
local seen, lost = 0, 0
-- Raise before an entry is taken from its list.
check_delayed()
call('HLEN', TASK)
for priority in string.gmatch(mask, '%d') do
  call('LLEN', READY(priority))
end
check_left_overs()
for letter, key in pairs({ a = ATTEMPTS, i = INBOXES }) do
  if has_feature(letter) then
    call('HLEN', key)
  end
end

-- Deletes waiting tasks.
local function drop(ids)
  if #ids > 0 then
    lost = lost + call('HDEL', TASK, unpack(ids))
    delete_of_feature('a', ATTEMPTS, ids)
    delete_of_feature('i', INBOXES, ids)
    drop_suspects(ids)
  end
end

-- id -> number of entries that are left over still.
local left_over = {}

-- The ids of list entries that are not left over.
local function ids_of(entries)
  local ids = {}
  for _, id in ipairs(entries) do
    local left = 0
    if has_feature('z') then
      left = left_over[id] or tonumber(call('HGET', TOMBS, id) or '') or 0
      left_over[id] = math.max(0, left - 1)
    end
    if left == 0 then
      ids[#ids + 1] = id
    end
  end
  seen = seen + #entries
  return ids
end

for priority in string.gmatch(mask, '%d') do
  if seen < CHUNK_TASKS then
    drop(ids_of(call('LPOP', READY(priority), CHUNK_TASKS - seen) or {}))
  end
end
if seen < CHUNK_TASKS then
  local ids = {}
  local delayed = call('ZPOPMIN', DELAYED, CHUNK_TASKS - seen)
  for i = 1, #delayed, 2 do
    ids[#ids + 1] = delayed[i]
  end
  seen = seen + #ids
  drop(ids)
end
save_left_overs(left_over)
count_ready()
count('flushed', lost)
local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
set_next_due(tonumber(first or ''))
local total = whole(tonumber(so_far or '0') + lost)
local more = seen >= CHUNK_TASKS and 1 or 0
call('SET', OPERATION, more == 1 and total or (total .. '.'), 'PX', whole(OPERATION_TTL))
save_state()
return { total, more }
