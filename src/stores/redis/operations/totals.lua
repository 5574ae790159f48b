-- include: head
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Reads what the jobs of a queue have done.
--
-- KEYS
--   totals    hash, kept: see observe.lua
-- Reply: its fields and values in turn
return call('HGETALL', TOTALS)
