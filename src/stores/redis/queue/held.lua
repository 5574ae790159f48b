-- include: head, batches
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Whether a worker still holds tasks.
--
-- KEYS
--   state     hash, kept: see state.lua
-- ARGV
--   worker    its id
--   tasks...  two each: id, fence
-- Reply, one a task: 1 held | 0 not
local reply = {}
local has_lease = call('HEXISTS', STATE, 'W:' .. worker) == 1
for i = TASKS, #ARGV, 2 do
  reply[#reply + 1] = has_lease and holds(worker, ARGV[i], ARGV[i + 1]) and 1 or 0
end
return reply
