-- include: head
-- flags: allow-oom
-- Pauses the schedule of a job, or ends that. Of several pauses the first one stays.
--
-- KEYS
--   ticks     hash, kept: see tick.lua
-- ARGV
--   job       name of the job
--   place     where its pause is kept: the name behind a control character
--   resumed   where it is kept when its last pause ended
--   pause     who has paused it, and why; '' ends the pause
-- Reply: 1 it is paused, or not paused any more | 0 the queue has no schedule of the job
if not call('HGET', TICKS, job) then
  return 0
end
if pause == '' then
  if call('HDEL', TICKS, place) == 1 then
    call('HSET', TICKS, resumed, 'r' .. whole(now))
  end
else
  call('HSETNX', TICKS, place, 'p' .. whole(now) .. ' ' .. pause)
end
return 1
