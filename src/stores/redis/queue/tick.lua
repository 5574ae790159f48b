-- include: known-tasks
-- Advances a periodic job's schedule and queues the task of the tick. Refused whole when the server is out of memory.
--
-- KEYS
--   ticks     hash, kept: job -> "its last tick (ms since the epoch) operation that queued its task, or nothing, the
--             schedule that the tick belongs to", with a blank between two of them. Of a paused schedule there is also byte 1, job ->
--             "p, since when (ms), by whom and why", and of one that was paused byte 1 twice, job -> "r, until when (ms)": see
--             pause-schedule.lua
-- ARGV
--   job        name of the job
--   expected   its last tick as the caller knows it, ms; '' for none
--   at         the tick, ms
--   schedule   that the tick belongs to
--   operation  name of this call, without blanks; '' for a tick that is skipped
-- Reply: the last tick now (ms, '' for none), now (ms), whether this call queued the task (1|0), whether the schedule is paused (1|0)
if operation ~= '' and not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
local last, taken_by = string.match(call('HGET', TICKS, job) or '', '^(%d*) ?(%S*)')
if last ~= expected then
  -- A call that is sent again finds its own tick and task.
  return { last, whole(now), last == at and operation ~= '' and taken_by == operation and 1 or 0, 0 }
end
if call('HGET', TICKS, '\1' .. job) then
  return { last, whole(now), 0, 1 }
end
-- First, since it may raise: a tick that is taken without its task would be left out.
local is_queued = operation ~= '' and queue_known_tasks()[1] or 0
call('HSET', TICKS, job, at .. ' ' .. operation .. ' ' .. schedule)
return { at, whole(now), is_queued, 0 }
