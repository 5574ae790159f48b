-- Takes places under a name, or waits in line for them; and sets free places aside for those who wait.
--
-- ARGV after the head of `lock-head.lua`: ttl (ms), patience (ms; 0: does not wait), then two a request: holder, max.
-- Reply: two a request: fence or '', ms until the first holder is over; then '|', then reserved: holder, fence, ...
local ttl, patience = tonumber(ARGV[3]), tonumber(ARGV[4])
local reply = {}
for i = 5, #ARGV, 2 do
  local holder, max = ARGV[i], tonumber(ARGV[i + 1])
  reserve(max)
  local has = call('ZSCORE', HOLDERS, holder)
  if has or call('ZCARD', HOLDERS) < max then
    reply[#reply + 1] = grant(holder, ttl)
    reply[#reply + 1] = 0
    leave_line(holder)
  else
    if patience > 0 then
      call('ZADD', LINE, 'NX', whole(micros), holder)
      call('HSET', PATIENCE, holder, whole(now + patience))
      lasting()
    end
    local first = call('ZRANGE', HOLDERS, 0, 0, 'WITHSCORES')
    reply[#reply + 1] = ''
    reply[#reply + 1] = math.max(1, tonumber(first[2]) - now)
  end
end
reply[#reply + 1] = '|'
for _, part in ipairs(reserved) do
  reply[#reply + 1] = part
end
return reply
