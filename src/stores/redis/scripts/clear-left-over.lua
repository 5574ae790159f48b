-- include: head, ready-places, left-over-count
-- The same as remove-left-over.lua for many ids, in a script whose callers may read lists: producers may not.
--
-- KEYS
--   tombs     hash, kept: see left-overs.lua
--   ready:0-9 lists, kept: see ready.lua

-- Priority -> number of entries of its list that are cleared, and not removed yet; and the list that had the last one.
local cleared, last_cleared = {}, 4

local function clear(priority, place)
  call('LSET', READY(priority), whole(place), '')
  cleared[priority] = (cleared[priority] or 0) + 1
  last_cleared = priority
end

-- Announces the ids of the call: the first one, and each that so many values are further on.
local function want_each(values, first, size)
  for i = first, has_feature('z') and #values or 0, size do
    want(values[i])
  end
end

-- Clears the one entry of an id. Returns whether it is in the list.
local function clear_one(priority, id)
  local list = known_list(priority)
  local place = known_place(list, id) or search_place(list, id)
  if place then
    clear(priority, place)
    list.places[id] = nil
  end
  return place ~= nil
end

-- An entry that an earlier task of this id has left over would name the new one.
local function clear_left_over(id)
  local left = count_left_over(id)
  if left <= 0 then
    return
  end
  call('HDEL', TOMBS, id)
  local is_done = left == 1 and clear_one(last_cleared, id)
  for priority = 9, 0, -1 do
    if left > 1 then
      for _, place in ipairs(call('LPOS', READY(priority), id, 'COUNT', 0)) do
        clear(priority, place)
      end
    else
      is_done = is_done or clear_one(priority, id)
    end
  end
end

-- Removes what is cleared, once all is. Entries that others have cleared may go in its place.
local function remove_cleared()
  for priority, number in pairs(cleared) do
    call('LREM', READY(priority), whole(number), '')
  end
end
