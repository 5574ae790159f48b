-- include: permits
-- flags: allow-oom
-- Grants a permit anew that was forgotten, if one is free. What was forgotten, too, is that its holder waits no more: it may have been
-- offered its own permit.
--
-- KEYS
--   holders   zset, a day: see permit-keys.lua
--   fences    hash, a day: see permit-keys.lua
--   waiters   zset, a day: see permit-keys.lua
-- ARGV
--   holder    who has the permit
--   fence     of the permit
--   max       number of permits
--   ttl       ms
-- Reply: 1 held | 0 all are taken, or a later run of the same task has it
local granted = call('ZSCORE', HOLDERS, holder) and tonumber(call('HGET', FENCES, holder) or '') or nil
local is_later = granted and granted > tonumber(fence) and not call('ZSCORE', WAITERS, holder)
if is_later or not granted and call('ZCARD', HOLDERS) >= tonumber(max) then
  return { 0 }
end
stop_waiting(holder)
local last = math.max(tonumber(fence), tonumber(call('HGET', FENCES, 'last') or '') or 0)
call('HSET', FENCES, 'last', whole(last), holder, fence)
call('ZADD', HOLDERS, whole(now + tonumber(ttl)), holder)
keep_keys()
return { 1 }
