-- include: lease-rows
-- flags: allow-oom
-- Extends a lease that is there; its worker is suspected no more. The commands are the same for any number of workers, and so is what
-- they read: of the state, no list of workers.
--
-- KEYS
--   state     hash, kept: see state.lua
--   workers   zset, kept: see leases.lua
--   leases    hash, kept: see leases.lua
-- ARGV
--   worker    its id
--   layout    see state.lua
-- policy: SHORTEST_HEARTBEAT, HEARTBEATS_OF_LEASE
-- Reply: 2 held, and the caller is the one that reclaims: the lease of another worker is over | 1 held | 0 lost
local mark, looked_at = unpack(call('HMGET', STATE, 'M', 'R'))
local found_layout = string.match(mark or '', '^[^,]*')
if mark and found_layout ~= layout then
  return redis.error_reply('LAYOUT ' .. found_layout)
end
local slots, ttl, suspected_at = unpack_lease(call('HGET', LEASES, worker))
if not slots or suspected_at == IS_CONDEMNED then
  return 0
end
-- XX CH: 0 also where the score is the same already, in the same millisecond.
if call('ZADD', WORKERS, 'XX', 'CH', whole(now + ttl), worker) == 0 and not call('ZSCORE', WORKERS, worker) then
  return 0
end
if suspected_at ~= NOT_SUSPECTED then
  save_lease(worker, slots, ttl, NOT_SUSPECTED)
end

-- Of all that ask within a heartbeat the first one reclaims: each pass costs as much as there are dead workers.
local function becomes_sweeper()
  local since = now - (tonumber(looked_at or '') or 0)
  -- A time to come is of a clock that was set back.
  if since >= 0 and since < math.max(SHORTEST_HEARTBEAT, math.floor(ttl / HEARTBEATS_OF_LEASE)) then
    return false
  end
  call('HSET', STATE, 'R', whole(now))
  return true
end

local has_overdue = #call('ZRANGEBYSCORE', WORKERS, '-inf', whole(now), 'LIMIT', 0, 1) > 0
return has_overdue and becomes_sweeper() and 2 or 1
