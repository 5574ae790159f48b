-- include: head
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Reads the schedules of a queue.
--
-- KEYS
--   ticks     hash, kept: see tick.lua
-- Reply, six a job: its name, its last tick (ms), the schedule that it belongs to; since when it is paused (ms), '' where it is not,
-- and by whom; when its last pause ended (ms), '' for none
local reply = {}
local ticks = call('HGETALL', TICKS)
local pauses = {}
for i = 1, #ticks, 2 do
  if string.sub(ticks[i], 1, 1) == '\1' then
    pauses[string.sub(ticks[i], 2)] = ticks[i + 1]
  end
end
for i = 1, #ticks, 2 do
  local at, schedule = string.match(ticks[i + 1], '^(%d+) ?%S* ?(.*)$')
  if at then
    reply[#reply + 1] = ticks[i]
    reply[#reply + 1] = at
    reply[#reply + 1] = schedule
    local since, pause = string.match(pauses[ticks[i]] or '', '^p(%d+) (.*)$')
    reply[#reply + 1] = since or ''
    reply[#reply + 1] = pause or ''
    reply[#reply + 1] = string.match(pauses['\1' .. ticks[i]] or '', '^r(%d+)$') or ''
  end
end
return reply
