-- include: registered, notices, hand-off
-- Queues tasks whose ids are new for certain, with one priority and delay. Refused whole when the server is out of memory.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   line      list, kept: ready tasks of the priority, see ready.lua
-- ARGV
--   priority  of the tasks
--   delay     of the tasks, ms
--   tasks     msgpack of two a task: id, live task without its times
-- Reply: when the tasks were queued (ms)
local both = cmsgpack.unpack(tasks)
local n = #both / 2
local due = tonumber(delay) > 0 and now + tonumber(delay)
local times = whole(now) .. ',' .. (due and whole(due) or '') .. ','
for i = 2, #both, 2 do
  both[i] = times .. both[i]
end
call('HSET', TASK, unpack(both))
announce('queued', both)
if due then
  local entries = {}
  for i = 1, n do
    entries[2 * i - 1] = whole(due)
    entries[2 * i] = both[2 * i - 1]
  end
  call('ZADD', DELAYED, unpack(entries))
  if not next_due or next_due > due then
    set_next_due(due)
  end
  wake_for_due()
else
  local left = may_hand_off() and hand_off(both) or n
  if left > 0 then
    local ids = {}
    for i = n - left + 1, n do
      ids[#ids + 1] = both[2 * i - 1]
    end
    call('RPUSH', LINE, unpack(ids))
    mark_priority(priority)
    wake(left)
  end
  wake_for_due()
  save_batches()
end
save_state()
return whole(now)
