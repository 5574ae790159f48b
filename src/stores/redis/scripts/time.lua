-- The server's clock, the end of the call's time, and numbers as text.
--
-- ARGV
--   deadline  by this clock, ms since the epoch: a call that comes later is refused. Another copy of it may have been
--             answered and acted upon since it was sent.
local call = redis.call
local time = call('TIME')
-- Since the epoch.
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

-- Lua itself writes a large number with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end

if now > tonumber(deadline) then
  return redis.error_reply('LATE ' .. whole(micros))
end
