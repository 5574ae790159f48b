-- Extends what is held. What ran out a moment ago and was taken by nobody is held still.
--
-- KEYS as in `lock-head.lua`: all live on, or a lock that is held for a day would go with them. ARGV 1 ttl (ms), then
-- holders. Reply, one a holder: 1 extended | 0 over.
local time = redis.call('TIME')
local expiry = string.format('%.0f', math.floor((time[1] * 1000000 + time[2]) / 1000) + tonumber(ARGV[1]))
local reply = {}
for i = 2, #ARGV do
  local held = redis.call('ZSCORE', KEYS[1], ARGV[i]) and 1 or 0
  if held == 1 then
    redis.call('ZADD', KEYS[1], 'XX', expiry, ARGV[i])
  end
  reply[#reply + 1] = held
end
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, 86400000)
end
return reply
