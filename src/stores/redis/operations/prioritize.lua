-- include: head, tasks, ready, wake, find-held, suspects, places
-- flags: allow-oom
-- Gives tasks that wait at one of the places another priority, behind those that have it. It stops where it has searched its lists for long enough.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
-- ARGV
--   priority  the new one, 0 to 9
--   ids...    of the tasks
-- Reply, one for each id that it came to: 1 it waits, and has the priority | 0 it is elsewhere, or does not exist
local MOST_ENTRIES = 200000
check_delayed()
for each = 0, 9 do
  call('LLEN', READY(each))
end
local wanted, reply, moved, searched = {}, {}, {}, 0
for i = IDS, #ARGV do
  wanted[ARGV[i]] = true
end
local held = find_held(wanted)

-- The entry in its list names no task from now on: to remove it would move all others.
local function take_out(id, from)
  local place = call('LPOS', READY(from), id)
  searched = searched + (place or call('LLEN', READY(from)))
  if place then
    call('LSET', READY(from), place, '')
  end
  return place
end

for i = IDS, #ARGV do
  if searched > MOST_ENTRIES then
    break
  end
  local id = ARGV[i]
  local value = not held[id] and may_change_live(id, false) and call('HGET', TASK, id)
  local task = value and read_task(value)
  local done = 0
  if task and not task.is_unreadable then
    done = 1
    if task.priority ~= priority then
      local from = task.priority
      local is_delayed = call('ZSCORE', DELAYED, id)
      task.priority = priority
      if is_delayed then
        save_task(id, value, task)
      elseif take_out(id, from) then
        save_task(id, value, task)
        moved[#moved + 1] = id
      else
        done = 0
      end
    end
  end
  reply[#reply + 1] = done
end
if #moved > 0 then
  push('RPUSH', priority, moved)
  wake_idle()
end
save_state()
return reply
