-- include: head, batches, held-count
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Counts tasks.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
-- Reply: number of live, held and delayed tasks
return { call('HLEN', TASK), count_held(), call('ZCARD', DELAYED) }
