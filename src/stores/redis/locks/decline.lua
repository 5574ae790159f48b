-- include: permits
-- flags: allow-oom
-- Waiters give up their offers and wait no more; the next waiters get these offers. Nothing happens to a waiter without an offer, or to a
-- permit that was taken.
--
-- KEYS
--   holders   zset, a day: see permit-keys.lua
--   fences    hash, a day: see permit-keys.lua
--   waiters   zset, a day: see permit-keys.lua
-- ARGV
--   declining... the waiters
-- Reply, two an offer: holder, fence
local most = call('ZCARD', HOLDERS)
for i = DECLINING, #ARGV do
  local holder = ARGV[i]
  if call('ZSCORE', HOLDERS, holder) and call('ZSCORE', WAITERS, holder) then
    call('ZREM', HOLDERS, holder)
    call('HDEL', FENCES, holder)
    stop_waiting(holder)
  end
end
offer(most)
return offered
