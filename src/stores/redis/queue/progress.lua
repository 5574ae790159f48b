-- include: head, held
-- flags: allow-oom
-- Stores progress of tasks that the worker still holds.
--
-- KEYS
--   workers   zset, kept: worker by expiry of its lease, ms
--   progress  hash, kept: see task-progress.lua
-- ARGV
--   worker    its id
--   updates... three a task: id, fence, encoded progress
-- Reply, one a task: 1 stored | 0 refused
local reply = {}
local is_leased = call('ZSCORE', WORKERS, worker)
for i = UPDATES, #ARGV, 3 do
  local fence, _, by = held_row(ARGV[i])
  local is_holder = is_leased and by == worker and fence == ARGV[i + 1]
  if is_holder then
    call('HSET', PROGRESS, ARGV[i], ARGV[i + 2])
  end
  reply[#reply + 1] = is_holder and 1 or 0
end
return reply
