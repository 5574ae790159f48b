-- include: time
-- Refuses a queue of another layout, and reads the queue's own state.
--
-- KEYS
--   meta      hash, kept: layout, paused (0|1), fence (the last one), generation (the last one), priorities (see ready.lua),
--             nextTimer ("due,worker": when the next delayed task is due, ms, and the idle worker that was told of it last)
-- ARGV
--   layout    number of the layout that the caller reads and writes
local meta = call('HMGET', META, 'layout', 'paused', 'fence', 'generation', 'priorities')
if meta[1] and meta[1] ~= layout then
  return redis.error_reply('LAYOUT ' .. meta[1])
end
local paused = meta[2] == '1'
