-- include: registered
-- flags: allow-oom
-- Pauses the queue.
--
-- KEYS
--   meta      hash, kept: see head.lua
-- Reply: 1
call('HSET', META, 'paused', '1')
return 1
