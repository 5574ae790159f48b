-- include: head, leases
-- flags: allow-oom
-- Extends a lease that is there; its worker is suspected no more.
--
-- KEYS
--   workers   zset, kept: worker by expiry of its lease, ms
--   leases    hash, kept: see leases.lua
-- ARGV
--   worker    its id
-- Reply: 2 held, and the lease of another worker is over | 1 held | 0 lost
local slots, ttl, suspected_at = unpack_lease(call('HGET', LEASES, worker))
if not slots or suspected_at == IS_CONDEMNED then
  return 0
end
if suspected_at ~= NOT_SUSPECTED then
  save_lease(worker, slots, ttl, NOT_SUSPECTED)
end
call('ZADD', WORKERS, 'XX', whole(now + ttl), worker)
if not call('ZSCORE', WORKERS, worker) then
  return 0
end
-- A worker that was condemned, and still holds tasks, has a row in leases alone.
if call('ZCOUNT', WORKERS, '-inf', whole(now)) > 0 or call('HLEN', LEASES) ~= call('ZCARD', WORKERS) then
  return 2
end
return 1
