-- include: head, batches
-- flags: allow-oom
-- Stores progress of tasks that the worker still holds.
--
-- KEYS
--   state     hash, kept: see state.lua
--   progress  hash, kept: see finish.lua
-- ARGV
--   worker    its id
--   updates... three a task: id, fence, encoded progress
-- Reply, one a task: 1 stored | 0 refused
local reply = {}
local has_lease = call('HEXISTS', STATE, 'W:' .. worker) == 1
for i = UPDATES, #ARGV, 3 do
  local is_holder = has_lease and holds(worker, ARGV[i], ARGV[i + 1])
  if is_holder then
    call('HSET', PROGRESS, ARGV[i], ARGV[i + 2])
    add_feature('p')
  end
  reply[#reply + 1] = is_holder and 1 or 0
end
save_state()
return reply
