-- include: head
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- The counters of the queue. What was queued is what has ended, was dropped, or is still live.
--
-- KEYS
--   task      hash, kept: see tasks.lua
-- Reply: number of live tasks; "succeeded,failed,revoked,retried,released,reclaimed,flushed", or ''
return { call('HLEN', TASK), counters }
