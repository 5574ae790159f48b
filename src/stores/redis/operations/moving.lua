-- include: head
-- flags: allow-oom
-- Tasks that have left the queue, and were not seen to arrive where they go. There are few: those of calls under way, and of callers that
-- have died.
--
-- KEYS
--   moving    hash, kept: see move-out.lua
-- ARGV
--   age       only those that have left as long ago, ms
--   stuck     msgpack of queues: those that go there are left out
-- policy: CHUNK_TASKS
-- Reply, two a task: id of the new task, what is noted of it
local all, found, is_stuck = call('HGETALL', MOVING), {}, {}
for _, target in ipairs(cmsgpack.unpack(stuck)) do
  is_stuck[target] = true
end
for i = 1, #all, 2 do
  local note = cmsgpack.unpack(all[i + 1])
  if tonumber(note[3]) <= now - age and not is_stuck[note[1]] and #found < 2 * CHUNK_TASKS then
    found[#found + 1] = all[i]
    found[#found + 1] = all[i + 1]
  end
end
return found
