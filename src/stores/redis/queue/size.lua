-- include: head, batches
-- flags: allow-oom
-- Counts tasks.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   leases    hash, kept: see leases.lua
--   delayed   zset, kept: id by due time, ms
-- Reply: number of live, held and delayed tasks
local held = 0
for _, worker in ipairs(call('HKEYS', LEASES)) do
  for number in string.gmatch(held_by(worker), ':(%d+)') do
    held = held + tonumber(number)
  end
end
return { call('HLEN', TASK), held, call('ZCARD', DELAYED) }
