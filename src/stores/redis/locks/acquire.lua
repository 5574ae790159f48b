-- include: permits
-- flags: allow-oom
-- Takes permits, or waits for them; offers free ones to those who waited before.
--
-- KEYS
--   holders   zset, a day: see permit-keys.lua
-- ARGV
--   ttl       of a permit, ms
--   wait_ttl  ms for which a refused holder waits; 0: it does not
--   requests... two a request: holder, number of permits
-- Reply: two a request: fence or '', ms until the first permit expires; then '|'; then two an offer: holder, fence
local reply = {}
for i = REQUESTS, #ARGV, 2 do
  local holder, max = ARGV[i], tonumber(ARGV[i + 1])
  offer(max, holder)
  if call('ZSCORE', HOLDERS, holder) or call('ZCARD', HOLDERS) < max then
    reply[#reply + 1] = grant(holder, tonumber(ttl))
    reply[#reply + 1] = 0
    stop_waiting(holder)
  else
    if tonumber(wait_ttl) > 0 then
      wait(holder, tonumber(wait_ttl))
    end
    shorten()
    local first = call('ZRANGE', HOLDERS, 0, 0, 'WITHSCORES')
    reply[#reply + 1] = ''
    reply[#reply + 1] = math.max(1, tonumber(first[2]) - now)
  end
end
reply[#reply + 1] = '|'
for _, part in ipairs(offered) do
  reply[#reply + 1] = part
end
return reply
