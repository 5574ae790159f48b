-- include: head, notices
-- flags: allow-oom
-- Whether any worker of the queue hears its notices, and may take its tasks: the queue is not paused. The first that does is woken.
--
-- KEYS
--   leases    hash, kept: see leases.lua
-- Reply: 1 one does | 0 none
if paused then
  return 0
end
for _, worker in ipairs(call('HKEYS', LEASES)) do
  if tell_worker(worker, 'wake') then
    return 1
  end
end
return 0
