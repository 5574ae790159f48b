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
--   is_counted 1: PUBLISH tells how many hear a message | 0: of those at one node only, as in a cluster
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

-- At the end of the waiters, also where the clock was set back since the last of them came.
local function put_last(holder, condition)
  local last = tonumber(call('ZRANGE', WAITERS, -1, -1, 'WITHSCORES')[2] or '') or 0
  call('ZADD', WAITERS, condition, whole(math.max(micros, last + 1)), holder)
end

-- Expired permits. A waiter that has let an offer expire is dead, or busy for longer than others should wait: it goes behind them.
for _, holder in ipairs(call('ZRANGEBYSCORE', HOLDERS, '-inf', whole(now))) do
  call('ZREM', HOLDERS, holder)
  call('HDEL', FENCES, holder)
  put_last(holder, 'XX')
end

-- What was granted by a clock that is set back since would last for as long as that was wrong.
local function shorten()
  local longest = tonumber(call('HGET', FENCES, 'ttl') or '')
  local expiry = longest and whole(now + longest)
  for _, holder in ipairs(longest and call('ZRANGEBYSCORE', HOLDERS, '(' .. expiry, '+inf') or {}) do
    call('ZADD', HOLDERS, expiry, holder)
  end
end

-- One that waits already keeps its place.
local function wait(holder, ttl)
  put_last(holder, 'NX')
  call('HSET', WAIT_TTLS, holder, whole(now + ttl))
  keep_keys()
end

-- Two an offer: holder, fence.
local offered = {}

-- Inboxes that nobody hears.
local unheard = {}

-- Returns whether the waiter may learn of its offer: not where its process has ended, or is not connected again.
local function tell(holder)
  local inbox = string.match(holder, '^([^/]+)/')
  if not inbox then
    return true
  elseif not unheard[inbox] then
    unheard[inbox] = call('PUBLISH', channels .. 'lock:' .. inbox, holder) == 0 and is_counted == '1'
  end
  return not unheard[inbox]
end

local function offer_to(holder)
  offered[#offered + 1] = holder
  offered[#offered + 1] = grant(holder, OFFER_TTL)
end

-- Offers free permits to the first waiters. Those that cannot be told are passed over, and keep their places. asking: the waiter that
-- asks, and need not be told.
local function offer(max, asking)
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
      at = at + 1
      if holder == asking or tell(holder) then
        offer_to(holder)
        free = free - 1
      end
    end
  end
end
