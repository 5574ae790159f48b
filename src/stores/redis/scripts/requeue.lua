-- include: ready, batches, suspects, left-overs
-- Puts held tasks back into the queue.
--
-- KEYS
--   progress  hash, kept: see finish.lua
--   delayed   zset, kept: id by due time, ms

-- Raises before anything is moved.
if has_feature('p') then
  call('HLEN', PROGRESS)
end
check_left_overs()

-- A task that is put back has no progress any more.
local function drop_progress(ids)
  delete_of_feature('p', PROGRESS, ids)
end

-- Among the delayed tasks.
local function delay_task(id, due)
  call('ZADD', DELAYED, whole(due), id)
  if not next_due or next_due > due then
    set_next_due(due)
  end
  if has_feature('s') then
    move_suspect(id, 'd')
  end
end

-- To the head of the list of its priority. Where an entry of the task is left over there, that one counts again: a further one would be
-- passed over in its place, and the task would be listed twice until then.
local function put_at_head(id, priority)
  if not take_left_over(id) then
    push('LPUSH', priority, { id })
  end
  if has_feature('s') then
    move_suspect(id, 'r')
  end
end
