-- include: head
-- flags: allow-oom
-- Reads the last ticks of periodic jobs.
--
-- KEYS
--   ticks     hash, kept: see tick.lua
-- ARGV
--   jobs...   their names
-- Reply: now (ms); then one a job: its last tick (ms), '' for none
local reply = { whole(now) }
for i = JOBS, #ARGV do
  reply[#reply + 1] = string.match(call('HGET', TICKS, ARGV[i]) or '', '^%d*')
end
return reply
