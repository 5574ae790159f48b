-- include: head, wake
-- flags: allow-oom
-- Resumes the queue, and wakes idle workers.
--
-- KEYS
--   meta      hash, kept: see head.lua
-- Reply: 1
call('HSET', META, 'paused', '0')
paused = false
wake()
return 1
