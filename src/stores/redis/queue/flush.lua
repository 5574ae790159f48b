-- include: head, ready, counts, suspects
-- flags: allow-oom
-- Drops a chunk of the tasks that wait.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
--   tombs     hash, kept: see claim.lua
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
for letter, key in pairs({ z = TOMBS, a = ATTEMPTS, i = INBOXES }) do
  if has_feature(letter) then
    call('HLEN', key)
  end
end

-- Deletes waiting tasks. An entry that was left over names none.
local function drop(ids)
  if #ids > 0 then
    seen = seen + #ids
    lost = lost + call('HDEL', TASK, unpack(ids))
    delete_of_feature('z', TOMBS, ids)
    delete_of_feature('a', ATTEMPTS, ids)
    delete_of_feature('i', INBOXES, ids)
    drop_suspects(ids)
  end
end

for priority in string.gmatch(mask, '%d') do
  if seen < CHUNK_TASKS then
    drop(call('LPOP', READY(priority), CHUNK_TASKS - seen) or {})
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
count_ready()
count('flushed', lost)
local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
set_next_due(tonumber(first or ''))
local total = whole(tonumber(so_far or '0') + lost)
local more = seen >= CHUNK_TASKS and 1 or 0
call('SET', OPERATION, more == 1 and total or (total .. '.'), 'PX', whole(OPERATION_TTL))
save_state()
return { total, more }
