-- include: head, leases, requeue, counts, wake
-- flags: allow-oom
-- Ends a lease. The tasks that the worker holds go back to the head of the queue, and no run counts.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   workers   zset, kept: see leases.lua
--   condemned zset, gone a day after the last one: see leases.lua
-- ARGV
--   worker    its id
-- Reply: 1
-- Raise before anything is moved.
check_delayed()
call('HLEN', TASK)
call('ZCARD', WORKERS)
call('ZCARD', CONDEMNED)
local was_condemned = is_condemned(worker)
local fences, moved = fences_of(worker), 0
for i = #fences, 1, -1 do
  local batch = batch_of(fences[i])
  if batch then
    local held = {}
    local live = call('HMGET', TASK, unpack(batch.ids))
    for place = #batch.ids, 1, -1 do
      local id, value = batch.ids[place], live[place]
      if is_held(batch, place) and value then
        put_at_head(id, read_task(value).priority)
        held[#held + 1] = id
      end
    end
    let_go_all(batch)
    drop_progress(held)
    moved = moved + #held
  else
    note_held(worker, fences[i], 0)
  end
end
count('released', moved)
drop_idle(worker)
end_lease(worker)
forget_worker(worker, was_condemned)
note_batches()
wake_idle()
save_batches()
save_state()
return 1
