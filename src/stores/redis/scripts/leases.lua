-- include: head, lease-rows
-- Workers with a lease, and those that were condemned.
--
-- KEYS
--   workers   zset, kept: worker by expiry of its lease, ms. A condemned one stays until it holds nothing more
--   leases    hash, kept: worker -> "slots,ttl,suspectedAt" (ms; suspectedAt 0: not suspected, -1: condemned)
--   condemned zset, gone a day after the last one: workers that were condemned and hold nothing more, by when, ms; their ids
--             never join again
-- policy: CONDEMNED_TTL
local function is_condemned(worker)
  local _, _, suspected_at = unpack_lease(call('HGET', LEASES, worker))
  return suspected_at == IS_CONDEMNED
end

-- The worker numbers its calls anew.
local function end_lanes(worker)
  dropped[#dropped + 1] = 'L:' .. worker .. ':0'
  dropped[#dropped + 1] = 'L:' .. worker .. ':1'
end

-- No call of the worker counts any more.
local function end_lease(worker)
  dropped[#dropped + 1] = 'W:' .. worker
  end_lanes(worker)
end

-- Whether the worker never gets a lease again.
local function is_buried(worker)
  return call('ZSCORE', CONDEMNED, worker) or is_condemned(worker)
end

-- Forgets a worker that holds nothing. Nothing that still uses the id of a condemned one is a day late.
local function forget_worker(worker, was_condemned)
  call('HDEL', LEASES, worker)
  call('ZREM', WORKERS, worker)
  if was_condemned then
    call('ZADD', CONDEMNED, whole(now), worker)
    call('ZREMRANGEBYSCORE', CONDEMNED, '-inf', whole(now - CONDEMNED_TTL))
    call('PEXPIRE', CONDEMNED, whole(CONDEMNED_TTL))
  end
end
