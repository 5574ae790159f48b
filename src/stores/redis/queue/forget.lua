-- include: head
-- flags: allow-oom
-- Deletes what is small of a queue that is empty, has no worker, no records, and was not used for long.
--
-- KEYS
--   state     hash, kept: see head.lua
--   task      hash, kept: see tasks.lua
--   leases    hash, kept: see leases.lua
--   ticks     hash, kept: see tick.lua
--   failed    zset, kept: see finish.lua
-- policy: FORGET_AFTER
-- Reply: 1 forgotten | 0 still in use
for _, expiry in string.gmatch(slots_in_use, '(%w+):(%d+);') do
  if tonumber(expiry) > now then
    return 0
  end
end
local is_idle_long = last_fence / 1000 < now - FORGET_AFTER
if not is_idle_long or paused or call('HLEN', TASK) > 0 or call('HLEN', LEASES) > 0 or call('HLEN', TICKS) > 0 then
  return 0
end
call('DEL', STATE, FAILED)
return 1
