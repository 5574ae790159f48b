-- include: head
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- The problems of a queue.
--
-- KEYS
--   problems  hash, kept: see problems.lua
-- Reply, two each: fingerprint, msgpack as of problems.lua
local reply = redis.pcall('HGETALL', PROBLEMS)
return reply.err and {} or reply
