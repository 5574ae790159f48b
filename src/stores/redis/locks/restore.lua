-- include: permits
-- flags: allow-oom
-- Grants a permit anew that was forgotten, if one is free.
--
-- KEYS
--   holders   zset, a day: see permit-keys.lua
--   fences    hash, a day: see permit-keys.lua
-- ARGV
--   holder    who has the permit
--   fence     of the permit
--   max       number of permits
--   ttl       ms
-- Reply: 1 held | 0 all are taken
local is_held = call('ZSCORE', HOLDERS, holder)
if not is_held and call('ZCARD', HOLDERS) >= tonumber(max) then
  return { 0 }
end
local last = math.max(tonumber(fence), tonumber(call('HGET', FENCES, 'last') or '') or 0)
call('HSET', FENCES, 'last', whole(last), holder, fence)
call('ZADD', HOLDERS, whole(now + tonumber(ttl)), holder)
keep_keys()
return { 1 }
