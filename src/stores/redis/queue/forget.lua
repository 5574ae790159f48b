-- include: head
-- flags: allow-oom
-- Deletes what is small of a queue that is empty, has no worker, no records, and was not used for long.
--
-- KEYS
--   state     hash, kept: see state.lua
--   task      hash, kept: see tasks.lua
--   leases    hash, kept: see leases.lua
--   ticks     hash, kept: see tick.lua
--   failed    zset, kept: see finish.lua
--   moving    hash, kept: see move-out.lua
--   tombs     hash, kept: see left-overs.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
--   problems  hash, kept: see problems.lua
--   totals    hash, kept: see observe.lua
--   unseen    hash, kept: see unseen.lua
-- policy: FORGET_AFTER
-- Reply: 1 forgotten | 0 still in use
for _, expiry in string.gmatch(slots_in_use, '(%w+):(%d+);') do
  if tonumber(expiry) > now then
    return 0
  end
end
local is_idle_long = last_fence / 1000 < now - FORGET_AFTER
if not is_idle_long or paused or call('HLEN', TASK) > 0 or call('HLEN', LEASES) > 0 or call('HLEN', TICKS) > 0
  or call('HLEN', MOVING) > 0 then
  return 0
end
-- What is left in lists names no task. Without its mark in the state, it would name the next task of the same id.
call('DEL', STATE, FAILED, TOMBS, DELAYED, PROBLEMS, TOTALS, UNSEEN)
for priority = 0, 9 do
  call('DEL', READY(priority))
end
return 1
