-- The server's clock, and numbers as text.
local call = redis.call
local time = call('TIME')
-- Since the epoch.
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

-- Lua itself writes a large number with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end
