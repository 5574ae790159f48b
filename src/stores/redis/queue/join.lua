-- include: registered, save, leases
-- flags: allow-oom
-- Gives a worker its lease.
--
-- KEYS
--   state     hash, kept: see state.lua
--   workers   zset, kept: see leases.lua
--   condemned zset, gone a day after the last one: see leases.lua
-- ARGV
--   worker    its id
--   slots     most tasks that it runs at once
--   ttl       of the lease, ms
-- Reply: 1 held | 0 lost: the worker was condemned
if call('ZSCORE', CONDEMNED, worker) or is_condemned(worker) then
  return 0
end
call('ZADD', WORKERS, whole(now + tonumber(ttl)), worker)
save_lease(worker, tonumber(slots), tonumber(ttl), NOT_SUSPECTED)
call('HSETNX', STATE, 'W:' .. worker, '0')
return 1
