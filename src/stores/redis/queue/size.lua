-- include: head
-- flags: allow-oom
-- Counts tasks.
--
-- KEYS
--   task      hash, kept: see task.lua
--   held      hash, kept: see held.lua
--   delayed   zset, kept: id by due time, ms
-- Reply: number of live, held and delayed tasks
return { call('HLEN', TASK), call('HLEN', HELD), call('ZCARD', DELAYED) }
