-- include: head, leases, finish
-- flags: allow-oom
-- Ends, as FAILURE, tasks of condemned workers that have reached the crash cap. Second half of reclaim.
--
-- KEYS
--   task      hash, kept: see task.lua
--   done...   strings, gone with the result's ttl: records, one for each id
-- ARGV
--   outcome   encoded
--   ttl       of the records, ms
--   ids...    of the tasks
-- Reply: number of ended tasks
local ended_tasks = 0
for i = IDS, #ARGV do
  local id = ARGV[i]
  local _, claimed_at, by = held_row(id)
  if by and is_condemned(by) then
    local value = call('HGET', TASK, id)
    if value then
      local task = unpack_task(value)
      task.runs = task.runs + 1
      count('reclaimed')
      finish(id, value, task, 2, claimed_at, '0', by, outcome, ttl, DONE(i - IDS + 1))
      ended_tasks = ended_tasks + 1
    else
      -- What is left of it goes, too.
      ended[#ended + 1] = id
    end
  end
end
publish()
return ended_tasks
