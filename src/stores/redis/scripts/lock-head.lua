-- Shared by the lock scripts; stands before each of them.
--
-- KEYS, all of one name ({namespace:lock:name}:...), each gone a day after its last use:
--   1 holders  zset  holder by expiry, ms
--   2 fences   hash  holder -> fence of its grant; 'last' -> the last one given out
--   3 line     zset  who waits, by since when, µs; with those for whom a place was set aside
--   4 patience hash  who waits -> until when, ms
-- ARGV 1 prefix of channels, 2 ms for which a place is set aside; the script's own from 3 on.
-- What is set aside is told to the holder's inbox, the part before '/': channel <prefix>lock:<inbox>, the holder.
local HOLDERS, FENCES, LINE, PATIENCE = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call = redis.call
local time = call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

local function whole(number)
  return string.format('%.0f', number)
end

local function lasting()
  for _, key in ipairs(KEYS) do
    call('PEXPIRE', key, 86400000)
  end
end

local function grant(holder, ttl)
  local fence = whole(math.max(micros, tonumber(call('HGET', FENCES, 'last') or '0') + 1))
  call('HSET', FENCES, 'last', fence, holder, fence)
  call('ZADD', HOLDERS, whole(now + ttl), holder)
  lasting()
  return fence
end

local function leave_line(holder)
  call('ZREM', LINE, holder)
  call('HDEL', PATIENCE, holder)
end

-- What is over, and who waits no more.
for _, holder in ipairs(call('ZRANGEBYSCORE', HOLDERS, '-inf', whole(now))) do
  call('ZREM', HOLDERS, holder)
  call('HDEL', FENCES, holder)
end

local reserved = {}
-- Sets free places aside for the first in line.
local function reserve(max)
  local free = max - call('ZCARD', HOLDERS)
  if free <= 0 or call('ZCARD', LINE) == 0 then
    return
  end
  local at = 0
  while free > 0 do
    local holder = call('ZRANGE', LINE, at, at)[1]
    if not holder then
      return
    end
    if tonumber(call('HGET', PATIENCE, holder) or '0') <= now then
      leave_line(holder)
    elseif call('ZSCORE', HOLDERS, holder) then
      at = at + 1
    else
      reserved[#reserved + 1] = holder
      reserved[#reserved + 1] = grant(holder, tonumber(ARGV[2]))
      local inbox = string.match(holder, '^([^/]+)/')
      if inbox then
        call('PUBLISH', ARGV[1] .. 'lock:' .. inbox, holder)
      end
      at = at + 1
      free = free - 1
    end
  end
end
