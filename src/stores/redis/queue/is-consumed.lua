-- include: leases, notices
-- flags: allow-oom
-- Whether any worker of the queue hears its notices, and may take its tasks: it has slots, and the queue is not paused. The first that
-- does is woken.
--
-- KEYS
--   leases    hash, kept: see leases.lua
-- Reply: 1 one does | 0 none
if paused then
  return 0
end
local leases = call('HGETALL', LEASES)
for i = 1, #leases, 2 do
  if unpack_lease(leases[i + 1]) > 0 and tell_worker(leases[i], 'wake') then
    return 1
  end
end
return 0
