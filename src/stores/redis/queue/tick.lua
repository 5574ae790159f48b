-- Moves a periodic job's schedule on; where that was right, `queue.lua` follows in the same script and queues the task, if
-- there is one.
--
-- KEYS 24 ticks hash: job -> "its last tick (ms since the epoch) id of the task that was queued for it, or nothing"; lives
-- with the queue.
-- ARGV 4 job, 5 the last tick that is expected ('' for none), 6 the tick (ms), then the task as of `queue.lua`, if any.
-- Reply: 1 queued | 0 not, the last tick now ('' for none), now (ms). Where a task is queued, that of `queue.lua`.
local value = call('HGET', KEYS[24], ARGV[4]) or ''
local last, id = string.match(value, '^(%d*) ?(.*)$')
if last ~= ARGV[5] then
  -- Sent again after it has acted, it finds its own tick and task.
  return { last == ARGV[6] and ARGV[7] ~= nil and id == ARGV[7] and 1 or 0, last, whole(now) }
end
call('HSET', KEYS[24], ARGV[4], ARGV[6] .. ' ' .. (ARGV[7] or ''))
if #ARGV == 6 then
  return { 0, ARGV[6], whole(now) }
end
FIRST = 7
