-- include: time, permit-keys
-- The permits of one name: those that are granted, and those that are offered to waiters.
--
-- KEYS
--   holders   zset, a day: see permit-keys.lua
--   fences    hash, a day: see permit-keys.lua
--   waiters   zset, a day: see permit-keys.lua
--   wait-ttls hash, a day: see permit-keys.lua
-- ARGV
--   channels  prefix of channels
-- policy: OFFER_TTL
--
-- A waiter's inbox, the part before '/', is told of an offer. Channel <prefix>lock:<inbox>: the holder.
local function grant(holder, ttl)
  local last, longest = unpack(call('HMGET', FENCES, 'last', 'ttl'))
  local fence = whole(math.max(micros, (tonumber(last or '') or 0) + 1))
  longest = whole(math.max(ttl, tonumber(longest or '') or 0))
  call('HSET', FENCES, 'last', fence, 'ttl', longest, holder, fence)
  call('ZADD', HOLDERS, whole(now + ttl), holder)
  keep_keys()
  return fence
end

local function stop_waiting(holder)
  call('ZREM', WAITERS, holder)
  call('HDEL', WAIT_TTLS, holder)
end

-- Expired permits.
for _, holder in ipairs(call('ZRANGEBYSCORE', HOLDERS, '-inf', whole(now))) do
  call('ZREM', HOLDERS, holder)
  call('HDEL', FENCES, holder)
end

-- What was granted by a clock that is set back since would last for as long as that was wrong.
local function shorten()
  local longest = tonumber(call('HGET', FENCES, 'ttl') or '')
  local expiry = longest and whole(now + longest)
  for _, holder in ipairs(longest and call('ZRANGEBYSCORE', HOLDERS, '(' .. expiry, '+inf') or {}) do
    call('ZADD', HOLDERS, expiry, holder)
  end
end

-- At the end of the waiters, also where the clock was set back since the last of them came.
local function wait(holder, ttl)
  local last = tonumber(call('ZRANGE', WAITERS, -1, -1, 'WITHSCORES')[2] or '') or 0
  call('ZADD', WAITERS, 'NX', whole(math.max(micros, last + 1)), holder)
  call('HSET', WAIT_TTLS, holder, whole(now + ttl))
  keep_keys()
end

-- Two an offer: holder, fence.
local offered = {}

local function offer_to(holder)
  offered[#offered + 1] = holder
  offered[#offered + 1] = grant(holder, OFFER_TTL)
  local inbox = string.match(holder, '^([^/]+)/')
  if inbox then
    call('PUBLISH', channels .. 'lock:' .. inbox, holder)
  end
end

-- Offers free permits to the first waiters.
local function offer(max)
  local free = max - call('ZCARD', HOLDERS)
  if free <= 0 or call('ZCARD', WAITERS) == 0 then
    return
  end
  local at = 0
  while free > 0 do
    local holder = call('ZRANGE', WAITERS, at, at)[1]
    if not holder then
      return
    end
    if (tonumber(call('HGET', WAIT_TTLS, holder) or '') or 0) <= now then
      stop_waiting(holder)
    elseif call('ZSCORE', HOLDERS, holder) then
      at = at + 1
    else
      offer_to(holder)
      at = at + 1
      free = free - 1
    end
  end
end
