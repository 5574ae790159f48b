-- include: permits
-- flags: allow-oom
-- Releases a permit, or stops waiting for one; offers it to the next who waits.
--
-- KEYS
--   holders   zset, a day: see permit-keys.lua
--   fences    hash, a day: see permit-keys.lua
-- ARGV
--   holder    who has or wants the permit
--   fence     of the permit; '' for any
--   max       number of permits
-- Reply: 1 released | 0; then two an offer: holder, fence
local released = 0
if fence == '' or call('HGET', FENCES, holder) == fence then
  released = call('ZREM', HOLDERS, holder)
  call('HDEL', FENCES, holder)
  stop_waiting(holder)
end
offer(tonumber(max))
local reply = { released }
for _, part in ipairs(offered) do
  reply[#reply + 1] = part
end
return reply
