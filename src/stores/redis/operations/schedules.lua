-- include: head
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Reads the schedules of a queue.
--
-- KEYS
--   ticks     hash, kept: see tick.lua
-- Reply, three a job: its name, its last tick (ms), the schedule that it belongs to
local reply = {}
local ticks = call('HGETALL', TICKS)
for i = 1, #ticks, 2 do
  local at, schedule = string.match(ticks[i + 1], '^(%d+) ?%S* ?(.*)$')
  if at then
    reply[#reply + 1] = ticks[i]
    reply[#reply + 1] = at
    reply[#reply + 1] = schedule
  end
end
return reply
