-- include: head
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Reads the last ticks of periodic jobs.
--
-- KEYS
--   ticks     hash, kept: see tick.lua
-- ARGV
--   jobs...   their names
-- Reply: now (ms); then two a job: its last tick (ms), '' for none, and the schedule that it belongs to
local reply = { whole(now) }
for i = JOBS, #ARGV do
  local at, schedule = string.match(call('HGET', TICKS, ARGV[i]) or '', '^(%d*) ?%S* ?(.*)$')
  reply[#reply + 1] = at
  reply[#reply + 1] = schedule
end
return reply
