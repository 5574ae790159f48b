-- include: permit-keys
-- flags: allow-oom
-- Extends permits. One that expired a moment ago and was not taken is held still.
--
-- KEYS
--   holders   zset, a day: see permit-keys.lua
-- ARGV
--   ttl       ms
--   permits... their holders
-- Reply, one a permit: 1 extended | 0 expired
local expiry = whole(now + tonumber(ttl))
local reply = {}
for i = PERMITS, #ARGV do
  local is_held = call('ZSCORE', HOLDERS, ARGV[i])
  if is_held then
    call('ZADD', HOLDERS, 'XX', expiry, ARGV[i])
  end
  reply[#reply + 1] = is_held and 1 or 0
end
keep_keys()
return reply
