-- include: registered, leases, history
-- flags: allow-oom
-- Gives a worker its lease.
--
-- KEYS
--   state     hash, kept: see state.lua
--   workers   zset, kept: see leases.lua
-- ARGV
--   worker    its id
--   slots     most tasks that it runs at once
--   ttl       of the lease, ms
--   history   name of the present one; '' where it is not known
--   before    id of the history that it goes on from, or ''
-- Reply: 1 held | 0 lost: the worker was condemned
if is_buried(worker) then
  return 0
end
note_history(history, before, ttl, false)
call('ZADD', WORKERS, whole(now + tonumber(ttl)), worker)
save_lease(worker, tonumber(slots), tonumber(ttl), NOT_SUSPECTED)
call('HSETNX', STATE, 'W:' .. worker, '0')
save_state()
return 1
