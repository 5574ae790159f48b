-- include: head, leases
-- flags: allow-oom
-- Extends a lease that is there; its worker is suspected no more.
--
-- KEYS
--   workers   zset, kept: worker by expiry of its lease, ms
--   leases    hash, kept: see leases.lua
-- ARGV
--   worker    its id
-- Reply: 1 held | 0 lost
local slots, ttl, suspected_at = unpack_lease(call('HGET', LEASES, worker))
if not slots or suspected_at == IS_CONDEMNED then
  return 0
end
if suspected_at ~= NOT_SUSPECTED then
  save_lease(worker, slots, ttl, NOT_SUSPECTED)
end
call('ZADD', WORKERS, 'XX', whole(now + ttl), worker)
return call('ZSCORE', WORKERS, worker) and 1 or 0
