-- include: head
-- flags: allow-oom
-- Tasks that have left the queue, and were not seen to arrive where they go. There are few: those of calls under way, and of callers that
-- have died.
--
-- KEYS
--   moving    hash, kept: see move-out.lua
-- ARGV
--   age       only those that have left as long ago, ms
-- policy: CHUNK_TASKS
-- Reply, two a task: id of the new task, what is noted of it
local all, found = call('HGETALL', MOVING), {}
for i = 1, #all, 2 do
  local left_at = tonumber(cmsgpack.unpack(all[i + 1])[3])
  if left_at <= now - age and #found < 2 * CHUNK_TASKS then
    found[#found + 1] = all[i]
    found[#found + 1] = all[i + 1]
  end
end
return found
