-- include: head
-- flags: allow-oom
-- Reads what the jobs of a queue have done.
--
-- KEYS
--   totals    hash, kept: see observe.lua
-- Reply: its fields and values in turn
return call('HGETALL', TOTALS)
