-- include: head
-- flags: allow-oom
-- Forgets tasks that have arrived where they go.
--
-- KEYS
--   moving    hash, kept: see move-out.lua
-- ARGV
--   ids...    of the new tasks
-- Reply: number of those that were noted
return call('HDEL', MOVING, unpack(ARGV, IDS))
