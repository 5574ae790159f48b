-- include: time
-- The keys of one name's permits. Each is gone a day after the last use of the name.
--
-- KEYS
--   holders   zset, a day: holder by expiry, ms
--   fences    hash, a day: holder -> fence of its permit; 'last' -> the last fence of this name; 'ttl' -> the longest time to live
--             of its permits, ms
--   waiters   zset, a day: waiters in order, by about when they came, µs; with those to whom a permit is offered
--   wait-ttls hash, a day: waiter -> until when it waits, ms
local function keep_keys()
  for _, key in ipairs({ HOLDERS, FENCES, WAITERS, WAIT_TTLS }) do
    call('PEXPIRE', key, 86400000)
  end
end
