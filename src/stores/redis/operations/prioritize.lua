-- include: head, tasks, ready, wake, find-held, suspects, places, left-overs, left-over-count, ready-places
-- flags: allow-oom
-- Gives tasks that wait at one of the places another priority, behind those that have it. It stops where it has searched its lists for long enough.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
--   tombs     hash, kept: see left-overs.lua
-- ARGV
--   priority  the new one, 0 to 9
--   near      "priority place" of the entry that the call before has found last, or ''
--   ids...    of the tasks
-- Reply: the same of the entry that this call has found last; then one for each id that it came to: 1 it waits, and has the priority | 0 it is
-- elsewhere, or does not exist
local MOST_ENTRIES = 200000
check_delayed()
check_left_overs()
for each = 0, 9 do
  call('LLEN', READY(each))
end
local near_priority, near_place = string.match(near, '^(%d) (%d+)$')
local reply, moved = { near }, {}
for i = IDS, #ARGV do
  want(ARGV[i])
end
local held = find_held(wanted)

-- An entry that is taken out names no task from now on: to remove it would move all others.
local function clear(from, place)
  call('LSET', READY(from), whole(place), '')
end

local function take_out_one(id, from)
  local list = known_list(from, from == near_priority and tonumber(near_place))
  local place = known_place(list, id)
  if not place then
    if searched > MOST_ENTRIES and not list.is_whole then
      return nil
    end
    place = search_place(list, id)
  end
  if place then
    clear(from, place)
    list.places[id] = nil
    reply[1] = from .. ' ' .. whole(place)
  end
  return place ~= nil
end

-- Of an id with so many entries left over, which one is that of the task shows only when all have come to their turn. So all are taken out,
-- and none is left over any more.
local function take_out_all(id, left)
  if searched > MOST_ENTRIES then
    return nil
  end
  local found = {}
  for from = 0, 9 do
    for _, place in ipairs(call('LPOS', READY(from), id, 'COUNT', 0)) do
      found[#found + 1] = { from, place }
    end
    searched = searched + call('LLEN', READY(from))
  end
  if #found <= left then
    return false
  end
  for _, entry in ipairs(found) do
    clear(entry[1], entry[2])
  end
  delete_of_feature('z', TOMBS, { id })
  return true
end

-- Takes the entry of a task out of its list. Returns whether it was there; nothing where there is no time to search.
local function take_out(id, from)
  local left = count_left_over(id)
  if left > 0 then
    return take_out_all(id, left)
  end
  return take_out_one(id, from)
end

for i = IDS, #ARGV do
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
      else
        local is_out = take_out(id, from)
        if is_out == nil then
          break
        end
        if is_out then
          save_task(id, value, task)
          moved[#moved + 1] = id
        else
          done = 0
        end
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
