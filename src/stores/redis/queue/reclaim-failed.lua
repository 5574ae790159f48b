-- include: head, leases, finish, unseen
-- flags: allow-oom
-- Ends, as FAILURE, tasks of condemned workers that have reached the crash cap. Second half of reclaim.
--
-- KEYS
--   task      hash, kept: see tasks.lua
-- ARGV
--   outcome   encoded
--   expiry    of the slot for the records, ms
--   name      of that slot
--   tasks...  three each: id, fence of the batch that holds it, its place there
-- Reply: number of ended tasks
call('HLEN', TASK)
local ended = {}
for i = TASKS, #ARGV, 3 do
  local id, batch, place = ARGV[i], batch_of(ARGV[i + 1]), tonumber(ARGV[i + 2])
  if batch and batch.ids[place] == id and is_held(batch, place) and is_condemned(batch.by) then
    let_go(batch, place)
    local value = call('HGET', TASK, id)
    if value then
      ended[#ended + 1] = { id = id, value = value, batch = batch }
    end
  end
end
finish(ended, FAILURE, outcome, name, tonumber(expiry))
note_unseen(ended, 'W')
count('reclaimed', #ended)
publish_ends()
save_batches()
save_state()
return #ended
