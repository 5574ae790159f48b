-- include: head
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Reads series of a queue and of its jobs.
--
-- KEYS
--   watch     string, 15 s: that somebody looks at the series
--   series... hash, as long as its ring keeps it: see observe.lua
-- ARGV
--   is_watching 1: somebody goes on looking | 0
-- policy: WATCH_TTL
-- Reply, one a hash: its fields and values in turn
if is_watching == '1' then
  -- Where writes are refused, nobody tells more often.
  redis.pcall('SET', WATCH, '1', 'PX', whole(WATCH_TTL))
end
local reply = {}
for number = 1, SERIES_COUNT do
  local fields = redis.pcall('HGETALL', SERIES(number))
  reply[number] = fields.err and {} or fields
end
return reply
